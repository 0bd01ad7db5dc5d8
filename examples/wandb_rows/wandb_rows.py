"""Rows of scalars to Weights & Biases, beside metrics.jsonl and TensorBoard.

From this folder, with ../../bin for the commands of a checkout:

    ../../bin/train --module=wandb_rows --gin_file=digits.gin --gin_param='Run.sinks = [@wandb_rows]'
"""

import wandb

import jebm_tf as jebm


@jebm.register
def wandb_rows(directory, settings, project="jebm_tf", name=None, mode=None):
    """To `project`. A run that goes on continues its record, which has the directory's name unless another is given.

    `mode` = 'offline' keeps the rows in the run directory, for `wandb sync`.
    """
    record = name or directory.name
    run = wandb.init(project=project, id=record, config=settings, dir=str(directory), mode=mode, resume="allow")
    return lambda row: run.log(row, step=int(row["step"]))
