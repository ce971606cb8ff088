import copy
import json

import jsonschema_rs
import pytest

from hotline_nlp import Classifier
from hotline_nlp.result import SCHEMA
from hotline_nlp.samples import load_samples
from hotline_nlp.service.schema import ResultOut, published, result_schema


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(published())
    assert jsonschema_rs.meta.is_valid(schema)
    return jsonschema_rs.Draft202012Validator(schema)


def test_the_committed_schema_is_the_models() -> None:
    assert json.loads(published()) == result_schema()
    assert result_schema()["$id"] == f"urn:hotline-nlp:result:{SCHEMA}"


def test_every_result_follows_it(validator: jsonschema_rs.Draft202012Validator) -> None:
    clf = Classifier.load()
    texts = [row["text"] for row in load_samples()]
    results = [*clf.iter_results([*texts, None, ""]), clf.classify(texts[0], explain=True)]
    for result in results:
        plain = result.to_dict()
        validator.validate(plain)
        ResultOut.model_validate_json(json.dumps(plain))


def test_it_refuses_what_a_result_is_not(validator: jsonschema_rs.Draft202012Validator) -> None:
    right = Classifier.load().classify("路灯坏了，晚上看不见路").to_dict()
    for change in (
        {"schema": SCHEMA + 1},
        {"more": 1},
        {"type": {"label": "投诉"}},
        {"urgent_probability": 1.5},
        {"decision": {"action": "maybe", "reason": ""}},
    ):
        wrong = {**copy.deepcopy(right), **change}
        assert not validator.is_valid(wrong), change
    assert not validator.is_valid({name: value for name, value in right.items() if name != "model"})
