"""The machine's name."""

from jebm_tf.reproduction import machine


def test_the_processor_is_the_one_of_the_table(tmp_path):
    table = tmp_path / "cpuinfo"
    table.write_text(
        "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: Some CPU @ 2 GHz\n"
    )
    assert machine._processor(table) == "Some CPU @ 2 GHz"
    assert machine._processor(tmp_path / "missing")
    assert machine.name().endswith(" cores")
