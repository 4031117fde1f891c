"The explorers of the book: each a widget made from drawn desks, as HTML that needs no kernel."
import html
import re
from functools import cache

import numpy as np

PLACE = re.compile(r'<div class="explorer" data-explorer="(\w+)"></div>')


@cache
def desks(
    n:int=300, # how many
):
    "The desks and the simulated model of the notebooks 04 and 22: pictures, probabilities, targets."
    import torch
    from multilabel.datasets import CLASSES, draw_scene
    share, strength = torch.tensor([.40, .35, .25, .04]), torch.tensor([2.4, 1.6, 2.0, 2.0])
    bias, rng = torch.tensor([.8, -1.4, -1.0, -1.0]), torch.Generator().manual_seed(1)
    targets = (torch.rand(n, 4, generator=rng) < share).float()
    signal = strength * (targets - .5) + torch.randn(n, 4, generator=rng)
    probs = torch.sigmoid(torch.logit(share) + strength * signal + bias)
    names = [[name for name, here in zip(CLASSES, row) if here] for row in targets]
    pictures = [draw_scene(np.random.RandomState(i), 96, labels)[0] for i, labels in enumerate(names)]
    return pictures, probs, targets.int()


def loss_explorer():
    "Four logits, what sigmoid and softmax say, and the loss."
    from multilabel.widgets import loss_explorer
    return loss_explorer()


def data_maker():
    "The dials of the drawn desks."
    from multilabel.widgets import data_maker
    return data_maker(wrong_labels=1 / 3)  # as in the notebook 21


def threshold_explorer():
    "A threshold for each class of a simulated model."
    from multilabel.cockpit import threshold_explorer
    from multilabel.datasets import CLASSES
    pictures, probs, targets = desks()
    explorer = threshold_explorer(probs, targets, CLASSES, pictures)
    explorer.selected = CLASSES.index("pencil")
    return explorer


@cache
def tired_labels(
    n:int=600, # how many
):
    "Of the notebook 23: probabilities, labels of which three in a hundred are wrong, a function that draws a desk."
    from multilabel.datasets import CLASSES, draw_scene
    rng = np.random.RandomState(0)
    truth = rng.rand(n, 4) < [.40, .35, .25, .10]
    logits = 3 * (3 * (truth - .5) + rng.randn(n, 4)) + np.log([.40 / .60, .35 / .65, .25 / .75, .1 / .9])
    probs = (1 / (1 + np.exp(-logits))).astype(np.float32)
    targets = (truth != (rng.rand(n, 4) < .03)).astype(int)

    @cache
    def desk(row):
        return draw_scene(np.random.RandomState(row), 128, [name for name, here in zip(CLASSES, truth[row]) if here])[0]
    return probs, targets, desk


def prediction_browser():
    "What a simulated model says of desks, beside what somebody tired has typed."
    from multilabel.browsers import prediction_browser
    from multilabel.datasets import CLASSES
    probs, targets, desk = tired_labels()
    names = [f"desk_{row:03}.jpg" for row in range(len(probs))]
    return prediction_browser(probs, targets, desk, CLASSES, names=names, thumbnail=96)


@cache
def swapped_centers(
    n:int=40, # how many
):
    "Of the notebook 23: predicted centers, labeled ones of which three have row and column swapped, and the faces."
    from multilabel.datasets import draw_face
    drawn = [draw_face(i % 8, np.random.RandomState([3, i]), 96) for i in range(n)]
    faces, centers = [face for face, _ in drawn], np.array([center for _, center in drawn])
    preds = (centers + np.random.RandomState(1).randn(n, 2) * 3).clip(0, 96)
    centers[[2, 5, 17]] = centers[[2, 5, 17], ::-1]
    return preds, centers, faces


def point_browser():
    "Where a simulated model sees the middle of faces, beside the labels."
    from multilabel.browsers import point_browser
    preds, centers, faces = swapped_centers()
    return point_browser(preds, centers, faces, [f"face_{i:02}.png" for i in range(len(faces))])


EXPLORERS = {f.__name__: f for f in (loss_explorer, data_maker, threshold_explorer, prediction_browser, point_browser)}


def place(
    name:str, # in EXPLORERS
    picture:str=None, # its still figure, a JPEG in base64
)->str: # HTML that `fill` puts the explorer into
    "Where an explorer goes."
    still = f'<noscript><img alt="Its still figure" src="data:image/jpeg;base64,{picture.strip()}"></noscript>' if picture else ""
    return f'<div class="explorer" data-explorer="{html.escape(name)}"></div>{still}'


def fill(
    page:str, # HTML with places
    made:dict, # name -> HTML of those made so far; added to
)->str: # the same with the explorers
    "Put each explorer into its place."
    def explorer(found):
        name = found.group(1)
        if name not in made: made[name] = EXPLORERS[name]().page()
        return f'<div class="explorer" data-explorer="{name}">{made[name]}</div>'
    return PLACE.sub(explorer, page)
