"""A plan of two arms on a model that learns nothing, and of a third that has hours to wait for."""

TOY = """
name: toy
title: A toy
about: Two arms on a tiny model.
recipe:
  name: toy
  build:
    sources:
      - {name: shapes, use: train, count: 16, seed: "1{seed}"}
      - {name: shapes, use: test, count: 6, start: 1000, seed: "1{seed}"}
    tasks: [counting, color_recognition]
    prompt: {regions: percent}
  train:
    model: {name: tiny, hidden_size: 32, vision_hidden_size: 32}
    max_steps: 3
    per_device_train_batch_size: 4
    save_steps: 1
    report_to: []
    preflight: false
  evaluate: {models: [tuned], conditions: [plain], max_examples_per_task: 4, max_wordings: 3, num_resamples: 20, max_new_tokens: 3}
arms:
  one: {label: one wording, primary: true, changes: [build.max_wordings=1]}
  five: {label: five wordings, primary: true, changes: [build.max_wordings=5, train.max_steps=4]}
  longer: {label: more steps, changes: [train.max_steps=6]}
measures:
  held_in: {label: held-in tasks, read: score, where: {group: held_in, distance: none}}
  sensitivity: {label: Sensitivity, read: sensitivity, lower_is_better: true}
  blind: {label: commonest answer, read: summary, path: held_in_blind.mean}
  steps: {label: steps, read: manifest, path: train.counts.steps, unit: ""}
  L3: {label: "others' wordings", read: score, where: {distance: L3}, needs: [SAYSO_TOY_DATA]}
claims:
  trained: {says: Five wordings take a step more., paper: ours, measure: steps, contrast: {five: 1, one: -1}, exceeds: 0.5}
  more: {says: More wordings help., paper: ours, measure: held_in, contrast: {five: 1, one: -1}, matters: 0.01, spread: 0.02}
  longer: {says: Longer helps., paper: ours, measure: held_in, contrast: {longer: 1, one: -1}}
  foreign: {says: Others are understood., paper: ours, measure: L3, contrast: {five: 1, one: -1}}
  both: {says: Both., paper: ours, all_of: [trained, more]}
scales:
  cpu: {seeds: [1, 2]}
  gpu: {changes: [train.max_steps=8], seeds: [1, 2, 3], looks: [2]}
"""


def written(folder, *changes):
    """The plan as a file in `folder`, with some texts replaced by others."""
    text = TOY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "toy.yaml"
    path.write_text(text)
    return path
