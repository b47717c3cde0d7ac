import numpy as np
import pytest

from app.embedding.fake import FakeEmbedder
from app.errors import Cancelled


def test_rows_are_unit_vectors_even_for_an_empty_text():
    vectors = FakeEmbedder(32).embed_passages(["Ein Haus am See", "", "1 2 3"])
    assert vectors.shape == (3, 32)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_no_texts_give_no_rows():
    assert FakeEmbedder(32).embed_queries([]).shape == (0, 32)


def test_the_same_text_gives_the_same_vector():
    one = FakeEmbedder().embed_passages(["Der Urlaub beträgt 24 Werktage."])
    two = FakeEmbedder().embed_queries(["Der Urlaub beträgt 24 Werktage."])
    assert np.array_equal(one, two)


def test_shared_and_inflected_words_bring_texts_together():
    embedder = FakeEmbedder()
    question = embedder.embed_queries(["Wie lang ist der Jahresurlaub?"])
    near, far = embedder.embed_passages(
        ["Jahresurlaubs Dauer: lang ist er", "Photosynthese braucht Licht"]
    )
    assert float(question[0] @ near) > float(question[0] @ far) + 0.3


def test_stop_is_asked_before_each_text():
    embedder = FakeEmbedder()
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        embedder.embed_passages(["a", "b", "c"], stop=lambda: next(answers))
    assert embedder.calls == 2
