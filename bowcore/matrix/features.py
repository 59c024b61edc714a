"""`Features`: the input of every model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, slots=True)
class Features:
    """Cell values of the training and validation articles over one vocabulary.

    `train` and `validation` are CSR of shape (n_documents, n_terms), int32 for counts and presence, float64 for
    TF-IDF, rows in corpus order, columns sorted by term. Labels are indices into `class_names`.
    """

    train: sparse.csr_matrix
    validation: sparse.csr_matrix
    train_labels: NDArray[np.int32]
    validation_labels: NDArray[np.int32]
    terms: pa.StringArray
    class_names: tuple[str, ...]

    @property
    def n_terms(self) -> int:
        """Number of columns."""
        return int(self.train.shape[1])

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)
