"""What the compiled program reads of a trial: one struct, and one for each of its layers.

Layers stand bottom to top, forward before reverse. Offsets are into the trial's weights or into
the workspace; addresses are those of numpy's arrays, which the engine keeps alive.
"""

from __future__ import annotations

import numpy as np

# What a run does with a trial.
TRAIN, PREDICT, TRACE, EVALUATE = range(4)
# Where a layer reads, and where the gradient of its output comes in.
SYMBOLS, FEATURES = range(2)
EVERY, AT_LAST, AT_FIRST = range(3)

i8, f8 = np.int64, np.float64

LAYER = np.dtype(
    [
        (name, i8)
        for name in (
            "reverse",
            "last_direction",  # of its depth
            "holds",  # whether states of ended sequences stay as they were
            "input_size",
            "hidden_size",
            "weight_ih",  # offsets of the parameters
            "bias_ih",
            "table",  # address of what a step does
            "interpreter",  # addresses of what prepares the weights, and of its rows; 0 if nothing does
            "prepare_first",
            "prepare_last",
            "return_first",  # of the way back
            "return_last",
            "project_first",  # of what weights become after an update
            "project_last",
            "values",  # offset of what it computes with
            "gate_rows",
            "starts_at_zero",  # whether all states do
            "output_first",  # rows of states that come before the output, as they are drawn
            "memory",  # the states that are no output: from a step's gates on
            "memory_rows",
            "input_kind",
            "input",  # offset of what the layer reads at step 0
            "input_block",  # from one block of the batch to the next
            "input_gradient",  # offset of the gradient of that, or -1
            "bias",  # offset of the sum of both biases
            "prepared",  # offset of the table of a small alphabet, or -1
            "gates",  # at step 0; a step before the first one and one after the last hold initial states
            "gates_width",
            "outputs",  # a slot before the first step and one after the last hold initial states
            "outputs_width",
            "fixed",  # rows for vectors of weights, and for the moment
            "draws_initial",
            "incoming_kind",
            "incoming",
            "carry",
            "lengths",
        )
    ]
)

TRIAL = np.dtype(
    [
        (name, i8)
        for name in (
            "mode",
            "first_layer",
            "num_layers",
            # what is read and answered
            "sampler",  # addresses of the function that writes a batch, and of its arguments
            "arguments",
            "num_symbols",
            "num_features",
            "embedding_size",
            "every_step",
            "targets_every_step",
            "scored_steps",  # how many of a sequence's last answers can be wrong
            "target_width",  # numbers of the target of one answer
            "objective",  # address of the function that compares a block's answers with their targets
            "output_size",
            "has_readout",
            "mean_over_sequences",  # instead of answers
            "numbers",  # over which the loss of one answer, or sequence, is a mean
            "batch_size",
            "num_blocks",
            "block",  # the one in hand
            "max_length",
            "draw",  # address of the function that draws a double, and of its generator's state
            "draw_state",
            "initial_draw",
            "initial_draw_state",
            "draw_low",  # where the generators were before an evaluation
            "draw_high",
            "initial_low",
            "initial_high",
            # training
            "optimizer",
            "reset_every_epoch",
            "epoch",
            "error_batches",  # 0 for a learning rate that does not depend on errors
            "warmup_steps",
            "cosine_steps",  # until its end, those of the warmup not counted; 0 for no cosine
            # addresses of the trial's own arrays
            "weights",
            "first_mean",
            "second_mean",
            "errors",
            "penalised",  # marks of the weights; 0 where weight decay applies to all, and there is no l1
            "answers",  # where predictions go
            "num_parameters",  # padded to whole vectors
            "num_weights",  # with what stands behind them, see `flat`
            # counters
            "steps",
            "updates",
            "wanted",
            "done",
            "scored",  # answers of the last batch that could be wrong, and how many were
            "wrong_answers",
            "cycles",
            "report",  # column of the report for the first step
            # offsets of parameters and of the workspace
            "readout_weight",
            "readout_bias",
            "batch_inputs",
            "batch_targets",
            "batch_lengths",
            "ends",  # among the symbols: how many sequences of the block end with each step
            "spare",  # among the symbols: a number for each sequence, for samplers
            "lengths",
            "embedded",
            "prepared",  # as in a layer, of the embedding
            "embedded_gradient",
            "one_hot",
            "initial",
            "initial_size",
            "first_outputs",  # of the top layer, at step 0; rows of a step, and gradient
            "outputs_width",
            "outputs_gradient",
            "picked",  # the outputs at each sequence's end
            "ends_at_first",  # rows from here on are picked at the first step instead of the last
            "attention",  # what the attention keeps for the way back
            "features",  # what the readout reads, rows of a step, from step to step, and gradient
            "features_width",
            "features_stride",
            "features_gradient",
            "raw",
            "found",  # what the objective found in a block
            "gradient",
            "scratch",
        )
    ]
    + [
        (name, f8)
        for name in (
            "tolerance",
            "strict_tolerance",
            "last_weight",
            "label_smoothing",
            "lr",
            "momentum",
            "beta1",
            "beta2",
            "alpha",
            "eps",
            "weight_decay",
            "l1",
            "clip",
            "error",
            "floor",
        )
    ]
)
