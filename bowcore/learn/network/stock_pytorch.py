"""The trained network in stock PyTorch: it answers the validation articles of this folder, and needs nothing else.

To run it: `pip install torch numpy scipy safetensors`, then `python stock_pytorch.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from scipy import sparse

FOLDER = Path(__file__).parent
ROWS_AT_ONCE = 64  # a dense block of all articles would not fit: most of their cells are 0


def load_network() -> torch.nn.Sequential:
    """Linear, ReLU, Linear, with the weights of the epoch that was kept."""
    state = load_file(FOLDER / "weights.safetensors")
    hidden, n_terms = state["0.weight"].shape
    n_classes = len(state["2.bias"])
    network = torch.nn.Sequential(torch.nn.Linear(n_terms, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, n_classes))
    network.load_state_dict(state)
    return network


def main() -> None:
    """Predict, and compare with the true classes and with what was predicted when the network was trained."""
    network = load_network()
    cells = sparse.load_npz(FOLDER / "validation_cells.npz").astype(np.float32)
    true_classes = np.load(FOLDER / "validation_labels.npy")
    blocks = []
    with torch.no_grad():
        for first in range(0, cells.shape[0], ROWS_AT_ONCE):
            rows = torch.from_numpy(cells[first : first + ROWS_AT_ONCE].toarray())
            blocks.append(network(rows).softmax(dim=1).numpy())
    probabilities = np.concatenate(blocks)
    before = np.load(FOLDER / "validation_probabilities.npy")
    predicted, predicted_before = probabilities.argmax(axis=1), before.argmax(axis=1)
    moved = np.abs(probabilities - before).max()
    print(f"Right: {(predicted == true_classes).mean():.2%} of {len(true_classes):,} validation articles.")
    print(f"As in training: {(predicted == predicted_before).mean():.2%}; probabilities differ by {moved:.0e} at most.")


if __name__ == "__main__":
    main()
