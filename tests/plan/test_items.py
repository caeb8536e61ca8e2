from pathlib import Path

import pandas as pd
import pytest

from fas.datasets.boxes import write_boxes
from fas.errors import UserError
from fas.faces.frames import FramesWorker
from fas.features.cues import cue
from fas.features.cues.worker import CueWorker
from fas.features.flow import FlowWorker
from fas.features.params import FlowParams
from fas.plan.index import Entry, Index
from fas.plan.items import cue_items, feature_work, frames_work, residual_work, simulate_items
from fas.plan.run_items import fit_item, score_item
from fas.plan.samples import Sample
from fas.runs import FitWorker, ScoreWorker

NEW = ("sim_msu_mfsd", "live/new.mp4", "live", "77", "test")
MODEL = Path("model")


def runs(wanted):
    return {run.method: run for run in wanted.runs}


def keys(wanted, index, method="lgsc"):
    """The keys of a run's training and of its scoring with one and the same model."""
    run = runs(wanted)[method]
    sources = {"frames": index(wanted)}
    fit = fit_item(wanted, run, sources).key(FitWorker(method))
    return fit, score_item(wanted, run, sources, MODEL, "digest").key(ScoreWorker(method))


def test_a_new_test_clip_is_scored_without_a_new_training(bench, index, row_of):
    before = keys(bench.wanted(), index)
    bench.manifest("sim_msu_mfsd", row_of(*NEW))
    after = keys(bench.wanted(), index)
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_new_training_clip_is_a_new_training(bench, index, row_of):
    before = keys(bench.wanted(), index)
    bench.manifest("sim_oulu_npu", row_of("sim_oulu_npu", "live/new.mp4", "live", "0", "train"))
    assert keys(bench.wanted(), index)[0] != before[0]


def test_a_test_clip_s_features_are_no_part_of_a_training(bench):
    """Nor is any of its columns: only the clips that train or choose the threshold enter a fit's key."""
    wanted = bench.wanted()
    run = runs(wanted)["lgsc"]
    item = fit_item(wanted, run, {"frames": Index(Path("f"), {Sample(*pair): Entry("f", "d") for pair in wanted.rows})})
    assert {depends[0] for role in ("train", "dev") for depends in item.inputs[role]} == {
        "sim_casia_fasd",
        "sim_replay_attack",
        "sim_oulu_npu",
    }


def test_a_changed_parameter_changes_its_own_method_s_trainings_only(bench, index):
    before = {method: keys(bench.wanted(), index, method) for method in ("handcrafted", "lgsc")}
    bench.values["lgsc"]["hinge_margin"] = 0.31
    after = {method: keys(bench.wanted(), index, method) for method in ("handcrafted", "lgsc")}
    assert after["handcrafted"] == before["handcrafted"]
    assert after["lgsc"][0] != before["lgsc"][0]


def test_another_variant_s_parameters_are_no_part_of_a_training(bench, index):
    before = keys(bench.wanted(), index)
    bench.values["lgsc"]["variants"]["wide"] = {"width": 24}
    assert keys(bench.wanted(), index) == before


def test_a_section_that_a_method_does_not_read_is_no_part_of_its_training(bench, index):
    before = keys(bench.wanted(), index)
    bench.values["flow"]["preset"] = "fast"
    bench.values["residuals"]["t_start"] = 300
    assert keys(bench.wanted(), index) == before


def test_where_files_lie_is_no_part_of_a_key(bench):
    wanted = bench.wanted()
    run = runs(wanted)["handcrafted"]
    found = set()
    for folder in ("here", "there"):
        sources = {"frames": Index(Path(folder), {Sample(*pair): Entry(f"{folder}.npz", "same") for pair in wanted.rows})}
        fit = fit_item(wanted, run, sources).key(FitWorker("handcrafted"))
        found.add((fit, score_item(wanted, run, sources, Path(folder), "model").key(ScoreWorker("handcrafted"))))
    assert len(found) == 1


def test_a_clip_without_frames_is_scored_but_not_trained_on(bench, index):
    wanted = bench.wanted()
    run = runs(wanted)["handcrafted"]
    roles = wanted.roles(run)
    trained = roles[roles["role"] == "train"].iloc[0]
    tested = roles[roles["role"] == "test"].iloc[0]
    without = {(one["dataset"], one["clip"]) for one in (trained, tested)}
    sources = {"frames": index(wanted, without)}
    fit = fit_item(wanted, run, sources).task
    score = score_item(wanted, run, sources, MODEL, "digest").task
    assert len(fit.train) == (roles["role"] == "train").sum() - 1
    assert len(score.clips) == len(roles)
    assert {(clip.dataset, clip.clip) for clip, _ in score.clips if not clip.features} == without


def test_a_clip_knows_its_domain_and_what_the_manifest_says(bench, index):
    wanted = bench.wanted()
    clips = fit_item(wanted, runs(wanted)["handcrafted"], {"frames": index(wanted)}).task.train
    assert {clip.domain for clip in clips} == {"C", "I", "O"}
    assert {(clip.label, clip.attack) for clip in clips} == {("live", ""), ("attack", "print")}


def test_a_run_s_card_holds_what_predict_needs(bench, index):
    wanted = bench.wanted()
    card = fit_item(wanted, runs(wanted)["lgsc"], {"frames": index(wanted)}).task.card
    assert {"method", "variant", "protocol", "seed", "dev", "collection", "params", "extraction"} == set(card)
    assert card["seed"] == 0
    assert card["params"]["width"] == bench.values["lgsc"]["width"]
    assert card["extraction"]["frames"]["size"] == bench.values["frames"]["size"]


REAL = {"adapter": "msu_mfsd", "collection": "real", "letter": "M"}


def real(bench, **config):
    bench.values["datasets"]["msu"] = REAL
    bench.values |= {"tables": [], "extract": {"msu": ["frames"]}}
    bench.manifest("msu", folder="data/manifests")
    return frames_work(bench.wanted(**config)).single


def test_a_dataset_without_root_is_blocked_and_keeps_its_keys(bench):
    blocked = real(bench)
    there = real(bench, roots={"msu": "/datasets/MSU"})
    assert len(blocked) == len(there) == 12
    assert all("FAS_ROOT_MSU" in item.blocked and "\n" not in item.blocked for item in blocked)
    assert not any(item.blocked for item in there)
    assert there[0].task.path == Path("/datasets/MSU") / there[0].ids["clip"]
    worker = FramesWorker(bench.wanted().params.frames)
    assert [item.key(worker) for item in blocked] == [item.key(worker) for item in there]


def test_a_capture_s_content_makes_its_key_and_its_name_its_place(bench):
    items = frames_work(bench.wanted()).single
    assert [item.path("frames.npz") for item in items] == [f"{item.name}.npz" for item in items]
    assert len({item.name for item in items}) == len(items)
    assert not any(item.blocked for item in items)
    assert items[0].inputs == {"content": items[0].name.replace("/", " ", 1), "media": "video", "faces": "detect"}


def hinted(bench, on=True, **change):
    """The items of `msu` with a box in frame 0 of its live clips."""
    bench.values["datasets"]["msu"] = REAL | {"hints": on}
    bench.values |= {"tables": [], "extract": {"msu": ["frames"]}}
    bench.manifest("msu", folder="data/manifests")
    live = [row["clip"] for row in bench.wanted().manifests["msu"].to_dict("records") if row["label"] == "live"]
    box = {"dataset": "msu", "clip": live, "frame": 0, "x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0, "unit": "pixel"} | change
    write_boxes(Path("data/manifests/msu.boxes.parquet"), pd.DataFrame(box))
    return {item.ids["clip"]: item for item in frames_work(bench.wanted()).single}


def test_a_capture_s_hints_reach_its_task_and_its_key(bench):
    plain = {item.ids["clip"]: item for item in real(bench)}
    worker = FramesWorker(bench.wanted().params.frames)

    def keys(items):
        return {clip: item.key(worker) for clip, item in items.items()}

    off, on, other = hinted(bench, on=False), hinted(bench), hinted(bench, x2=31.0)
    assert keys(off) == keys(plain)
    assert all(item.task.hints is None for item in off.values())
    for clip, item in on.items():
        live = clip.startswith("live")
        assert (item.task.hints is not None) == live
        assert (keys(on)[clip] != keys(off)[clip]) == (keys(on)[clip] != keys(other)[clip]) == live
    assert on["live/0.mp4"].task.hints.at(0, 100, 100).tolist() == [1, 2, 30, 40]
    assert keys(hinted(bench)) == keys(on)


def test_hints_without_a_file_of_boxes_are_told_in_one_line(bench):
    hinted(bench)
    Path("data/manifests/msu.boxes.parquet").unlink()
    with pytest.raises(UserError) as error:
        frames_work(bench.wanted())
    assert str(error.value) == (
        "params.yaml: datasets.msu.hints: no file data/manifests/msu.boxes.parquet "
        "(fas scan msu_mfsd ROOT --name msu --out data/manifests/msu.csv --boxes writes it)"
    )


def test_simulated_captures_are_items_only_when_they_are_wanted(bench):
    items = simulate_items(bench.wanted())
    assert len({item.name for item in items}) == len(items) > 0
    bench.values["tables"] = []
    assert simulate_items(bench.wanted()) == []


def test_features_are_made_of_clips_that_have_frames(bench, index):
    wanted = bench.wanted()
    gone = ("sim_msu_mfsd", "live/0.mp4")
    items = feature_work(wanted, "flow", index(wanted, [gone])).single
    assert {(item.ids["dataset"], item.ids["clip"]) for item in items} == {sample.pair for sample in wanted.features["flow"]} - {gone}


def test_precomputed_flow_is_keyed_by_the_bytes_of_its_files(bench, index):
    bench.values["flow"]["algorithm"] = "precomputed"
    clip = Sample("sim_msu_mfsd", "live/0.mp4")
    worker = FlowWorker(FlowParams(algorithm="precomputed"))

    def items(**roots):
        wanted = bench.wanted(roots=roots)
        return {Sample(item.ids["dataset"], item.ids["clip"]): item for item in feature_work(wanted, "flow", index(wanted)).single}

    assert "[roots] precomputed_flow" in items()[clip].blocked
    before = items(precomputed_flow="flo")
    folder = Path("flo") / clip.dataset / clip.clip
    assert before[clip].task.flow_files == folder
    folder.mkdir(parents=True)
    (folder / "3.flo").write_bytes(b"flow")
    after = items(precomputed_flow="flo")
    assert {one for one in before if before[one].key(worker) != after[one].key(worker)} == {clip}
    assert not after[clip].blocked


def test_a_cue_maker_learns_from_its_faces_and_is_applied_to_every_clip(bench, index):
    wanted = bench.wanted()
    inputs = cue("dfg").inputs(wanted.params.cue("dfg"))
    sources = {feature: index(wanted, feature=feature) for feature in inputs}
    (training,) = cue_items(wanted, "dfg", sources)
    assert {clip.dataset for clip in training.task} == {"sim_faces"}
    assert all(set(clip.features) == set(inputs) for clip in training.task)
    items = residual_work(wanted, "dfg", sources).single
    assert {(item.ids["dataset"], item.ids["clip"]) for item in items} == {sample.pair for sample in wanted.features["residuals/dfg"]}


def test_a_variant_that_only_samples_in_another_way_shares_its_maker_s_training(bench, index):
    bench.values["extract"] = {"sim_oulu_npu": ["residuals", "residuals/dfg-t600", "residuals/dfg-no_identity"]}
    wanted = bench.wanted()
    assert wanted.cues == ["dfg", "dfg-no_identity", "dfg-t600"]
    sources = {feature: index(wanted, feature=feature) for feature in ("frames", "identity")}
    keys = {}
    for name in wanted.cues:
        (training,) = cue_items(wanted, name, {feature: sources[feature] for feature in wanted.cue_inputs(name)})
        keys[name] = training.key(CueWorker(name, wanted.params.cue(name), 2))
        assert training.folder == name
        assert residual_work(wanted, name, sources).single[0].folder.startswith(f"{name}/")
    assert keys["dfg"] == keys["dfg-t600"] != keys["dfg-no_identity"]


def test_no_frames_are_made_for_a_generator_whose_weights_are_missing(bench, tmp_path):
    bench.table("mean_residual")
    bench.values["cues"]["dfg"]["pretrained"] = {"weights": "sd15", "vae_sha256": "0" * 64, "unet_sha256": "0" * 64}

    def blocked(weights):
        return {item.ids["dataset"]: item.blocked for item in frames_work(bench.wanted(weights=weights)).single if item.blocked}

    (told,) = blocked({}).items()
    assert told[0] == "sim_faces"
    assert "fas.toml [weights] sd15 or FAS_WEIGHTS_SD15" in told[1]
    for name in ("vae", "unet"):
        (tmp_path / "sd" / name).mkdir(parents=True)
        (tmp_path / "sd" / name / "diffusion_pytorch_model.safetensors").touch()
    assert blocked({"sd15": str(tmp_path / "sd")}) == {}


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ("residuals/gan", "no cue maker 'gan'"),
        ("residuals/dfg-t601", "cues.dfg.variants: no variant 't601' (there is: no_identity"),
    ],
)
def test_an_unknown_cue_maker_is_told_with_what_there_is(bench, feature, message):
    bench.values["extract"] = {"sim_oulu_npu": [feature]}
    with pytest.raises(UserError) as caught:
        _ = bench.wanted().cues
    assert message in str(caught.value)


@pytest.mark.parametrize("table", [None, pd.DataFrame()])
def test_a_stage_that_has_nothing_has_an_empty_index(bench, table):
    if table is not None:
        Path("data/flow").mkdir(parents=True)
        table.to_parquet("data/flow/index.parquet")
    assert Index.read("flow").entries == {}


def test_an_index_holds_what_is_ok_and_of_its_own_cue(bench):
    Path("data/residuals").mkdir(parents=True)
    table = pd.DataFrame({"cue": ["dfg", "dfg", "other"], "status": ["ok", "no_face", "ok"], "clip": ["a", "b", "c"], "dataset": "d"})
    table.assign(file="f.npz", digest="x").to_parquet("data/residuals/index.parquet")
    index = Index.read("residuals/dfg")
    assert list(index.entries) == [Sample("d", "a")]
    assert index.source(Sample("d", "a")) == Path("data/residuals/f.npz")


SIW = {"adapter": "siw", "collection": "real"}


def siw(bench, row_of, table):
    """SiW with clips of four people, and this table of it alone."""
    clips = [
        row_of("siw", f"{label}/{person}.mov", label, str(person), "train" if person < 3 else "test")
        for person in range(4)
        for label in ("live", "attack")
    ]
    bench.values["datasets"]["siw"] = SIW
    bench.manifest("siw", *clips, folder="data/manifests", plain=False)
    bench.table(collection="real", protocol=table)
    return bench.wanted(roots={"siw": "/datasets/SiW"})


def test_siw_protocol_1_trains_on_the_first_60_frames_and_tests_on_all(bench, row_of):
    wanted = siw(bench, row_of, "siw-1")
    roles = wanted.roles(wanted.runs[0]).set_index("clip")
    items = {item.name: item for item in frames_work(wanted).single}
    assert set(roles["role"]) == {"train", "dev", "test"}
    for clip, role in roles["role"].items():
        suffix, sampling = ("@first60", "first60") if role == "train" else ("", "")
        item = items[f"siw/{clip}{suffix}"]
        assert item.task.sampling == sampling
        assert item.path("frames.npz") == f"siw/{clip}{suffix}.npz"
        assert ("sampling" in item.inputs) == bool(suffix)
    assert len(items) == len(roles)


def test_two_ways_of_sampling_one_clip_are_two_items_that_leave_each_other_alone(bench, row_of):
    alone = {item.name: item.inputs for item in frames_work(siw(bench, row_of, "siw-1")).single}
    bench.values["extract"] = {"siw": ["frames"]}
    both = {item.name: item.inputs for item in frames_work(bench.wanted(roots={"siw": "/datasets/SiW"})).single}
    assert len(both) == 8 + sum(name.endswith("@first60") for name in alone)
    assert alone.items() <= both.items()


def test_a_training_reads_the_sampling_that_its_protocol_prescribes(bench, row_of):
    wanted = siw(bench, row_of, "siw-1")
    samples = wanted.features["frames"]
    frames = Index(Path("data/frames"), {sample: Entry(f"{sample.name}.npz", sample.name) for sample in samples})
    task = fit_item(wanted, wanted.runs[0], {"frames": frames}).task
    assert all(clip.features["frames"].name.endswith("@first60.npz") for clip in task.train)
    assert task.dev
    assert not any("@" in str(clip.features["frames"]) for clip in task.dev)


def photos(bench, row_of, count=40, **dataset):
    """A real dataset of still images in four buckets, all wanted."""
    bench.values["datasets"]["photos"] = {"adapter": "folder", "collection": "real", "buckets": 4, **dataset}
    bench.values |= {"tables": [], "extract": {"photos": ["frames", "identity"]}}
    rows = [row_of("photos", f"train/live/{n}/a.jpg", "live", str(n), "train") | {"media": "image"} for n in range(count)]
    bench.manifest("photos", *rows, folder="data/manifests", plain=False)
    return bench.wanted(roots={"photos": "/photos"})


def test_many_images_are_few_items_and_one_more_image_changes_one_of_them(bench, row_of):
    before = {item.name: item.inputs for item in frames_work(photos(bench, row_of)).bundles}
    work = frames_work(photos(bench, row_of, 41))
    after = {item.name: item.inputs for item in work.bundles}
    assert len(before) == 4
    assert work.single == []
    assert len([name for name in after if after[name] != before.get(name)]) == 1
    assert {item.path("frames.npz") for item in work.bundles} == {f"{item.name}.npz" for item in work.bundles}


def test_images_without_a_face_are_not_in_the_next_stage_s_bundle(bench, row_of):
    wanted = photos(bench, row_of)
    there = sorted(wanted.features["frames"])[1:]
    frames = Index(Path("data/frames"), {sample: Entry("b.npz", "digest", number) for number, sample in enumerate(there)})
    work = feature_work(wanted, "identity", frames)
    told = [(clip, task.source.number) for item in work.bundles for clip, task in item.task.tasks]
    assert sorted(told, key=lambda one: one[1]) == [(sample.clip, number) for number, sample in enumerate(there)]


def test_videos_are_never_in_a_bundle_and_buckets_can_be_switched_off(bench, row_of):
    assert frames_work(bench.wanted()).bundles == []
    work = frames_work(photos(bench, row_of, buckets=0))
    assert (len(work.single), work.bundles) == (40, [])


def test_a_dataset_of_tight_crops_says_so_to_the_worker_and_in_the_key(bench):
    plain = frames_work(bench.wanted()).single
    bench.values["datasets"]["sim_msu_mfsd"]["faces"] = "whole"
    whole = frames_work(bench.wanted()).single
    mine = [item.ids["dataset"] == "sim_msu_mfsd" for item in whole]
    assert [item.task.faces for item in whole] == ["whole" if one else "detect" for one in mine]
    assert [one.inputs != other.inputs for one, other in zip(plain, whole, strict=True)] == mine


def test_what_a_still_image_does_not_use_is_no_part_of_its_key(bench, row_of):
    photos(bench, row_of)

    def both():
        wanted = bench.wanted(roots={"photos": "/photos"})
        worker = FramesWorker(wanted.params.frames)
        return [[item.key(one) for item in frames_work(wanted).bundles] for one in (worker.stills(), worker)]

    stills, whole = both()
    bench.values["frames"]["sampling"]["k"] = 3
    bench.values["frames"]["pairs"]["gap"] = 5
    assert both()[0] == stills
    assert both()[1] != whole


def test_a_detector_s_batch_is_no_reason_for_a_new_training(bench, index):
    before = keys(bench.wanted(), index)
    bench.values["frames"]["detector"]["batch"] = 16
    assert keys(bench.wanted(), index) == before


def test_asking_for_features_of_a_dataset_without_captures_is_told(bench):
    bench.values["datasets"]["msu"] = REAL
    bench.values |= {"tables": [], "extract": {"msu": ["frames"]}}
    with pytest.raises(UserError) as error:
        frames_work(bench.wanted())
    assert str(error.value) == "params.yaml: extract.msu: no capture in data/manifests/msu.csv (fas scan msu_mfsd writes it)"
