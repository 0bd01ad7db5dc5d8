"""Proves the page: one file, everything in it, nothing taken for markup."""

import re
from html.parser import HTMLParser

import numpy as np

from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.reporting import html, writer

RECEIPT = {"step": 1200, "seed": 0}
VOID = {"meta", "img"}


class Balance(HTMLParser):
    """Checks that every tag is closed, and collects text and pictures."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.images = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.images.append(dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def folder(tmp_path):
    picture = Picture(np.zeros((4, 4, 3), np.uint8), 'A "quoted" <caption>.')
    writer.write(Result({"fid": 12.3456}, {"samples": 10}, notes=("few & biased",)), "fid", RECEIPT, tmp_path)
    row = {"score": "L>0", "auroc": 0.9271, "auroc_low": 0.92, "auroc_high": 0.93, "auprc": 0.5, "auprc_std": 0.01}
    table = {"detection": [row, row | {"auprc_std": None}]}
    writer.write(Result({}, {}, tables=table, pictures={"p": picture}), "ood", RECEIPT, tmp_path)
    return tmp_path


def test_one_file_holds_everything(tmp_path):
    page = html.page(folder(tmp_path), "runs/<x>", {"kid": "no & network"})
    parser = read(page)
    text = " ".join(parser.text)
    assert "runs/<x>" in text
    assert "12.35" in text
    assert "few & biased" in text
    assert "0.9271 [0.92, 0.93]" in text
    assert "0.5 ± 0.01" in text
    assert "Kernel Inception distance: no & network" in text
    assert "step 1,200" in text
    (image,) = parser.images
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"] == 'A "quoted" <caption>.'
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # nothing is fetched from elsewhere
    assert 'name="viewport"' in page


def test_order_is_that_of_the_tasks_and_only_those_that_are_there(tmp_path):
    page = html.page(folder(tmp_path), "t")
    assert re.findall(r'<section id="(\w+)">', page) == ["fid", "ood"]
    assert "Not answered" not in page


def test_an_empty_folder_makes_a_page(tmp_path):
    read(html.page(tmp_path, "nothing", {"fid": "why"}))
