import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from bowcore.matrix.features import Features


def random_features(n_train=60, n_validation=30, n_terms=40, n_classes=3, density=0.15, seed=5, counts=True):
    """Counts or positive weights whose class decides which third of the vocabulary is used more often."""
    generator = np.random.default_rng(seed)

    def part(n_documents):
        labels = generator.integers(n_classes, size=n_documents).astype(np.int32)
        liked = np.arange(n_terms) % n_classes == labels[:, None]
        present = generator.random((n_documents, n_terms)) < density * np.where(liked, 2.0, 0.5)
        values = generator.integers(1, 4, present.shape) if counts else generator.random(present.shape)
        return sparse.csr_matrix((present * values).astype(np.int32 if counts else np.float64)), labels

    train, train_labels = part(n_train)
    validation, validation_labels = part(n_validation)
    for values in (train.data, train.indices, train.indptr, validation.data, train_labels, validation_labels):
        values.flags.writeable = False
    terms = pa.array([f"term{number}" for number in range(n_terms)], pa.string())
    names = tuple(f"class{number}" for number in range(n_classes))
    return Features(train, validation, train_labels, validation_labels, terms, names)


@pytest.fixture
def features():
    return random_features()


@pytest.fixture
def make_features():
    return random_features
