"""Proves the page: one file, everything in it, nothing taken for markup."""

import json
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
    found = Result({"fid": 12.3456}, {"samples": 10}, notes=("few & biased",))
    writer.write(found, "fid", RECEIPT, tmp_path, "A distance <of features>")
    row = {"score": "L>0", "auroc": 0.9271, "auroc_low": 0.92, "auroc_high": 0.93, "auprc": 0.5, "auprc_std": 0.01}
    table = {"detection": [row, row | {"auprc_std": None}]}
    writer.write(Result({}, {}, tables=table, pictures={"p": picture}), "ood", RECEIPT, tmp_path)
    return tmp_path


def test_one_file_holds_everything(tmp_path):
    page = html.page(folder(tmp_path), "runs/<x>", skipped={"Kernel <distance>": "no & network"})
    parser = read(page)
    text = " ".join(parser.text)
    assert "runs/<x>" in text
    assert "12.35" in text
    assert "few & biased" in text
    assert "0.9271 [0.92, 0.93]" in text
    assert "0.5 ± 0.01" in text
    assert "Kernel <distance>: no & network" in text
    assert text.count("A distance <of features>") == 2  # in the list of links and as a heading
    assert "step 1,200" in text
    (image,) = parser.images
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"] == 'A "quoted" <caption>.'
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # nothing is fetched from elsewhere
    assert 'name="viewport"' in page


def sections(page):
    return re.findall(r'<section id="(\w+)">', page)


def test_order_is_that_which_is_asked_for_then_by_name(tmp_path):
    for name in ("b_own", "a_own"):
        writer.write(Result({}, {}), name, RECEIPT, folder(tmp_path))
    page = html.page(tmp_path, "t", order=["kid", "ood", "fid"])
    assert sections(page) == ["ood", "fid", "a_own", "b_own"]
    assert "Not answered" not in page


def test_answers_without_a_title_keep_their_name_and_other_files_are_passed_over(tmp_path):
    folder(tmp_path)
    answer = json.loads((tmp_path / "fid.json").read_text())
    del answer["title"]
    (tmp_path / "fid.json").write_text(json.dumps(answer))
    (tmp_path / "package.json").write_text('{"name": "package"}')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text("{")
    page = html.page(tmp_path, "t")
    assert sections(page) == ["fid", "ood"]
    assert "<h2>fid</h2>" in page


def test_an_empty_folder_makes_a_page(tmp_path):
    read(html.page(tmp_path, "nothing", skipped={"fid": "why"}))


def test_that_the_run_went_back_is_said(tmp_path):
    writer.write(Result({"fid": 1.0}, {}), "fid", RECEIPT | {"rollbacks": [{"at_step": 9}, {"at_step": 12}]}, tmp_path)
    assert "step 1,200; the run had diverged and gone back 2 times." in " ".join(read(html.page(tmp_path, "x")).text)
    writer.write(Result({"fid": 1.0}, {}), "fid", RECEIPT, tmp_path)
    assert "gone back" not in html.page(tmp_path, "x")
