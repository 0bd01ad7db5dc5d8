"""A table from its plan: an estimate, what is missing, and the document, written anew after every experiment."""

from collections.abc import Callable, Mapping
from pathlib import Path

from jebm_tf.errors import UserError
from jebm_tf.reproduction import document
from jebm_tf.reproduction.commands import Commands
from jebm_tf.reproduction.estimate import estimate
from jebm_tf.reproduction.plan import Table
from jebm_tf.reproduction.processes import Processes, Stopped
from jebm_tf.reproduction.runner import Runner
from jebm_tf.reproduction.workplace import Workplace
from jebm_tf.storage.lock import DirectoryLock

FAILED = 1  # exit status where a row failed


def reproduce(
    table: Table,
    output: Path,
    data_dirs: Mapping[str, Path],
    title: str,
    *,
    dry_run: bool = False,
    say: Callable[[str], object] = print,
) -> int:
    """Does what is missing of a table, writes it, and returns the exit status.

    Args:
      table: the plan.
      output: the folder of all that is run and written; runs in it are shared by the tables that need them.
      data_dirs: where images lie, see `Commands`.
      title: what scale this is.
      dry_run: only time a few steps, and say what would be run and how long it would take.
      say: is given lines.

    Raises:
      UserError: another process reproduces in `output`, or a training cannot even begin.
    """
    workplace = Workplace(output)
    with _alone(output), Processes(lambda line: say(f"  {line}")) as processes:
        runner = Runner(Commands(workplace, data_dirs), processes, say)
        try:
            expected = estimate(table, runner)
            if dry_run:
                _say_all(table, runner, say)
            for line in expected.lines():
                say(line)
            return 0 if dry_run else _carry_out(table, runner, title, say)
        except Stopped as stopped:
            say(f"{stopped}: what is there stays; the same command again goes on from it")
            return 128 + stopped.signal


def _carry_out(table: Table, runner: Runner, title: str, say: Callable[[str], object]) -> int:
    workplace = runner.workplace
    found = {experiment.training.name: runner.found(experiment) for experiment in table.experiments}
    document.write(table, found, workplace, title)
    for i, experiment in enumerate(table.experiments, start=1):
        name = experiment.training.name
        say(f"[{i} of {len(table.experiments)}] {name}")
        found[name] = runner.carry_out(experiment)
        for what, why in found[name].failures.items():
            say(f"{name}: {what} failed: {why}")
        document.write(table, found, workplace, title)
    say(f"written: {workplace.document(table, 'md')}")
    return FAILED if any(findings.failures for findings in found.values()) else 0


def _say_all(table: Table, runner: Runner, say: Callable[[str], object]) -> None:
    """The commands of all that is missing."""
    commands = runner.commands
    for experiment in table.experiments:
        training = experiment.training
        trained = runner.is_trained(training)
        if not trained:
            say(commands.train(training).typed())
        for name, evaluation in experiment.evaluations.items():
            if not (trained and runner.is_answered(training, name, evaluation)):
                say(commands.evaluate(training, name, evaluation).typed())
        if experiment.num_samples and not (trained and runner.is_sampled(experiment)):
            say(commands.sample(experiment).typed())


def _alone(output: Path) -> DirectoryLock:
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(output)
        with lock:  # for a message of our own; entered for good by the caller
            return lock
    except UserError as error:
        raise UserError(
            f"{output}: another process reproduces a table here; wait for it, or choose another --output"
        ) from error
    except OSError as error:
        raise UserError(f"{output}: cannot be written to ({error.strerror}); choose another --output") from error
