"What several test files share: a cache of their own, tiny drawn sets, and one tiny model of each kind."
import os
import warnings

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["HF_HUB_OFFLINE"] = "1"  # no test needs a network: whoever asks for one is told at once
warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\..*")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    "The user's cache is neither read nor written."
    before = os.environ.get("MULTILABEL_CACHE")
    os.environ["MULTILABEL_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None: del os.environ["MULTILABEL_CACHE"]
    else: os.environ["MULTILABEL_CACHE"] = before


def four_quarters(height=20, width=32):
    "A picture whose quarters differ: red, green / blue, white. Its first row and column tell it from any turned one."
    array = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = slice(None, height // 2), slice(None, width // 2)
    bottom, right = slice(height // 2, None), slice(width // 2, None)
    array[top, left], array[top, right] = (255, 0, 0), (0, 255, 0)
    array[bottom, left], array[bottom, right] = (0, 0, 255), (255, 255, 255)
    return array


STORED = {  # how a camera stores what is upright, for each EXIF orientation
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a.swapaxes(0, 1), 2),
    8: lambda a: np.rot90(a, -1)}


def save_turned(path, upright, orientation, **kwargs):
    "Store a picture lying on its side, say, with the EXIF tag that tells how to hold it."
    stored, exif = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright))), Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, **kwargs)
    return path


def save_gallery(folder):
    "A file of each mode and orientation that people's folders hold; the names."
    folder.mkdir(parents=True, exist_ok=True)
    rgb = Image.fromarray(four_quarters())
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.fromarray(np.full((20, 32), 128, dtype=np.uint8)))
    palette = rgb.quantize(8)
    rgb.save(folder / "rgb.png")
    rgb.save(folder / "rgb.jpg", quality=95)
    rgb.convert("L").save(folder / "gray.png")
    rgb.convert("L").save(folder / "gray.jpg")
    rgb.convert("1").save(folder / "bits.png")
    palette.save(folder / "palette.png")
    palette.save(folder / "palette.gif")
    palette.save(folder / "palette_clear.png", transparency=palette.getpixel((0, 0)))
    rgb.convert("LA").save(folder / "gray_alpha.png")
    rgba.save(folder / "alpha.png")
    rgba.save(folder / "alpha.webp", lossless=True)
    rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    rgb.convert("CMYK").save(folder / "cmyk.tif")
    Image.fromarray(np.asarray(rgb.convert("L")).astype(np.uint16) * 257).save(folder / "deep.png")
    Image.fromarray(np.asarray(rgb.convert("L")).astype(np.uint16) * 257).save(folder / "deep.tif")
    Image.fromarray(np.asarray(rgb.convert("L")).astype(np.float32) / 255).save(folder / "float.tif")
    for number in STORED: save_turned(folder / f"turned_{number}.jpg", four_quarters(), number, quality=95)
    for number in STORED: save_turned(folder / f"turned_{number}.png", four_quarters(), number)
    return sorted(p.name for p in folder.iterdir())


def refuses(call, *words, error=(ValueError, TypeError)):
    "The call raises, and its message holds all of the words."
    with pytest.raises(error) as raised: call()
    message = str(raised.value)
    for word in words: assert str(word).lower() in message.lower(), f"{word!r} is not in: {message}"
    return message


@pytest.fixture(scope="session")
def desks(own_cache, tmp_path_factory):
    from multilabel.datasets import stationery
    return stationery(tmp_path_factory.mktemp("drawn") / "desks", n_train=40, n_valid=16, n_test=16, size=48, seed=5)


@pytest.fixture(scope="session")
def people(own_cache, tmp_path_factory):
    from multilabel.datasets import faces
    return faces(tmp_path_factory.mktemp("drawn") / "people", n_people=(8, 3, 3), per_person=4, size=48, seed=5)


@pytest.fixture(scope="session")
def desk_table(desks):
    from multilabel.datasets import CLASSES
    from multilabel.tables import label_table
    return label_table(desks / "labels.csv", desks / "images", classes=CLASSES)


@pytest.fixture(scope="session")
def face_table(people):
    from multilabel.tables import point_table
    return point_table(people / "centers.csv", people / "images")


def fit(learn, epochs=1):
    from fastai.torch_core import set_seed
    set_seed(1, reproducible=True)
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(epochs, 2e-3)
    return learn


@pytest.fixture(scope="session")
def desk_learner(desk_table):
    "Trained for an epoch, with thresholds that differ. Whoever changes it puts it back."
    from fastai.torch_core import set_seed
    from multilabel.classifier import multilabel_learner, set_thresholds
    from multilabel.data import multilabel_dls
    set_seed(0)
    return set_thresholds(fit(multilabel_learner(multilabel_dls(desk_table, 48, 16))), [.3, .4, .5, .6])


@pytest.fixture(scope="session")
def desk_model(desk_learner, tmp_path_factory):
    "A folder with a classifier: copy it before damaging it."
    from multilabel.classifier import save_classifier
    return save_classifier(desk_learner, tmp_path_factory.mktemp("models") / "desks", {"macro_f1": .5})


@pytest.fixture(scope="session")
def face_learner(face_table):
    from fastai.torch_core import set_seed
    from multilabel.data import point_dls
    from multilabel.regression import point_learner
    set_seed(0)
    return fit(point_learner(point_dls(face_table, 48, 16)))


@pytest.fixture(scope="session")
def face_model(face_learner, tmp_path_factory):
    from multilabel.regression import save_points
    return save_points(face_learner, tmp_path_factory.mktemp("models") / "faces", {"mean_error_px": 5.})


@pytest.fixture(scope="module")
def browser():
    "One Chromium for a test file; skipped, by name, where it or Playwright is missing."
    from browser import open_browser
    with open_browser() as opened: yield opened


@pytest.fixture
def open_page(browser):
    "open_page(html, width=375, dark=True): a page; errors on its console and foreign requests fail the test."
    from contextlib import ExitStack
    import browser as helpers
    with ExitStack() as stack:
        yield lambda html=None, **settings: stack.enter_context(helpers.open_page(browser, html, **settings))


@pytest.fixture
def open_live(browser):
    "open_live(widget): a page that shows the widget with this Python behind it."
    from contextlib import ExitStack
    import browser as helpers
    with ExitStack() as stack:
        yield lambda widget, **settings: stack.enter_context(helpers.open_live(browser, widget, **settings))
