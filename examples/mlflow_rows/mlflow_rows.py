"""Rows of scalars to MLflow, beside metrics.jsonl and TensorBoard.

From this folder, with ../../bin for the commands of a checkout; MLFLOW_TRACKING_URI says where, as always:

    ../../bin/train --module=mlflow_rows --gin_file=digits.gin --gin_param='Run.sinks = [@mlflow_rows]'
"""

import mlflow

import jebm_tf as jebm

_LONGEST = 500  # that MLflow takes for a parameter


@jebm.register
def mlflow_rows(directory, settings, experiment="jebm_tf", name=None):
    """To `experiment`. A run that goes on continues its record, of the directory's name unless another is given."""
    mlflow.set_experiment(experiment)
    name = name or directory.name
    known = mlflow.search_runs(filter_string=f"attributes.run_name = '{name}'", output_format="list")
    run = known[0] if known else mlflow.start_run(run_name=name)
    if not known:
        mlflow.log_params({key.replace("@", ""): value[:_LONGEST] for key, value in settings.items()})

    def log(row):
        numbers = {key: value for key, value in row.items() if key != "step"}
        mlflow.log_metrics(numbers, step=int(row["step"]), run_id=run.info.run_id)

    return log
