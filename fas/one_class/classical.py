"""One-class SVM and kernel density estimation on principal components, fitted on the normal training images alone (scikit-learn)."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from fas.config import Runtime
from fas.one_class.data import Problem
from fas.one_class.outcome import Outcome
from fas.one_class.params import OneClassParams


def ocsvm(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """Minus the decision function of an SVM with a Gaussian kernel of width `scale`; nothing in it is random."""
    from sklearn.svm import OneClassSVM

    with threadpool_limits(1):
        train, test = components(problem, params.classical.variance)
        model = OneClassSVM(kernel="rbf", gamma="scale", nu=params.classical.nu).fit(train)
        return Outcome(-model.decision_function(test))


def kde(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """Minus the log density under a Gaussian kernel; the bandwidth is cross-validated on the training images."""
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.neighbors import KernelDensity

    chosen = params.classical
    with threadpool_limits(1):
        train, test = components(problem, chosen.variance)
        folds = KFold(min(chosen.folds, len(train)), shuffle=True, random_state=seed)
        search = GridSearchCV(KernelDensity(), {"bandwidth": chosen.bandwidths}, cv=folds).fit(train)
        return Outcome(-search.best_estimator_.score_samples(test))


def components(problem: Problem, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Training and test images (N,D) on the principal components of the training images that keep `variance`."""
    from sklearn.decomposition import PCA

    train = problem.train.reshape(len(problem.train), -1).astype(np.float64)
    test = problem.test.reshape(len(problem.test), -1).astype(np.float64)
    model = PCA(variance, svd_solver="full").fit(train)
    return model.transform(train), model.transform(test)
