"""Parameters of the one-class experiment: the defaults fit a CPU and minutes, stages/one_class/paper.yaml has the paper's sizes."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from fas.adversarial.params import AdversarialParams
from fas.files import read_yaml
from fas.schema import Section, parse

MethodName = Literal["adversarial", "autoencoder", "ocsvm", "kde", "dae", "vae", "deep_svdd"]
DatasetName = Literal["digits", "mnist", "cifar10"]


class NetworkParams(AdversarialParams):
    """What the proposed method, the plain, denoising and variational autoencoder share: networks, optimiser and length of training."""

    width: float = Field(0.25, gt=0)
    learning_rate: float = Field(1e-3, gt=0)  # five times GANomaly's: the default sees few batches
    auxiliary: Literal[False] = False  # the score here is the image's error
    discriminator: Literal[True] = True  # without it is the method `autoencoder`
    epochs: int = Field(5, ge=1)  # passes over the normal class; the paper names none for this table
    batch: int = Field(16, ge=2)
    noise: float = Field(0.3, ge=0)  # denoising autoencoder: standard deviation added to images in [-1, 1]


class SvddParams(Section):
    """Deep SVDD, one-class objective: Ruff et al. 2018's recipe, its epochs cut."""

    pretrain_epochs: int = Field(10, ge=0)  # 150 (MNIST), 350 (CIFAR-10) there
    epochs: int = Field(10, ge=1)  # 150 there
    milestone: int = Field(5, ge=0)  # epoch after which the learning rate is a tenth; 50 there
    batch: int = Field(50, ge=2)  # 200 there, of 6,000 images
    learning_rate: float = Field(1e-4, gt=0)
    weight_decay: float = Field(5e-7, ge=0)


class ClassicalParams(Section):
    """One-class SVM and kernel density, both on principal components of the pixels."""

    variance: float = Field(0.95, gt=0, lt=1)  # share that the components keep
    nu: float = Field(0.1, gt=0, le=1)
    folds: int = Field(5, ge=2)  # cross-validation of the bandwidth, on the normal training images
    bandwidths: list[float] = Field([0.25, 0.5, 1.0, 2.0, 4.0, 8.0], min_length=1)


class OneClassParams(Section):
    """The whole experiment."""

    datasets: list[DatasetName] = Field(["digits"], min_length=1)  # mnist and cifar10: from the user's own copies
    seeds: list[int] = Field([0], min_length=1)
    split_seed: int = 0  # of the digits' split; the other datasets have an official one
    test_share: float = Field(0.2, gt=0, lt=1)  # digits only
    classes: list[int] = Field(list(range(10)), min_length=1)
    methods: list[MethodName] = Field(["adversarial", "autoencoder", "ocsvm", "kde", "dae", "vae", "deep_svdd"], min_length=1)
    networks: NetworkParams = NetworkParams()
    deep_svdd: SvddParams = SvddParams()
    classical: ClassicalParams = ClassicalParams()

    @field_validator("classes")
    @classmethod
    def _digits(cls, value: list[int]) -> list[int]:
        if len(set(value)) != len(value) or not set(value) <= set(range(10)):
            raise ValueError("classes are different numbers of 0..9")
        return value

    @field_validator("datasets", "seeds", "methods")
    @classmethod
    def _once(cls, value: list) -> list:
        if len(set(value)) != len(value):
            raise ValueError("something is there twice")
        if {"digits", "mnist"} <= set(value):
            raise ValueError("'digits' and 'mnist' would fill the same columns: ask for one of them")
        return value


def load(path: Path) -> OneClassParams:
    """The parameters in a YAML file.

    Raises:
        UserError: one line: the file, the key and what is wrong there.
    """
    return parse(OneClassParams, read_yaml(path) or {}, str(path))
