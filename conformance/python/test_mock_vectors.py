"""Embeddings and moderations through the SDK of OpenAI, in each form that a caller asks for."""

import base64
import math
import struct

import openai
import pytest

import noise
import stored


@pytest.fixture(scope="module")
def server(mocking):
    document = stored.document("embeddings", "moderations")
    document["mocks"] += [
        {"name": "neutral", "endpoint": "embeddings", "match": "neutral", "answer": {"embedding": [0.5, -0.25]}},
        {
            "name": "flags",
            "endpoint": "moderations",
            "match": "flags",
            "answer": {"flagged": ["hate", "violence/graphic"]},
        },
        {"name": "clean", "endpoint": "moderations", "match": "clean", "answer": {"flagged": []}},
    ]
    return mocking(document)


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


def vectors(response):
    return [one["embedding"] for one in response["data"]]


@pytest.mark.parametrize("name", stored.names("embeddings"))
def test_as_the_sdk_asks(client, name):
    """It asks for base64 and gives floats."""
    case = stored.case("embeddings", name)
    noise.assert_same(client.embeddings.create(**case.call).to_dict(), case.response)


@pytest.mark.parametrize("name", stored.names("embeddings"))
def test_floats(client, name):
    case = stored.case("embeddings", name)
    raw = client.embeddings.with_raw_response.create(**case.call, encoding_format="float")
    noise.assert_identical(raw.text, case.response)


@pytest.mark.parametrize("name", stored.names("embeddings"))
def test_base64(client, name):
    case = stored.case("embeddings", name)
    got = client.embeddings.create(**case.call, encoding_format="base64")
    for one, vector in zip(got.data, vectors(case.response), strict=True):
        assert list(struct.unpack(f"<{len(vector)}f", base64.b64decode(one.embedding, validate=True))) == vector


def test_base64_that_is_stored(mocking):
    """Whichever form is stored, the caller gets the one that it asks for."""
    case = stored.case("embeddings", "one")
    (vector,) = vectors(case.response)
    packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    response = {**case.response, "data": [{**case.response["data"][0], "embedding": packed}]}
    client = openai.OpenAI(base_url=f"{mocking({'mocks': [case.rule(response=response)]}).url}/v1", api_key="sk")
    assert client.embeddings.create(**case.call).data[0].embedding == vector
    (floats,) = client.embeddings.create(**case.call, encoding_format="float").data
    assert struct.pack(f"<{len(vector)}f", *floats.embedding) == base64.b64decode(packed), (
        "as short as 32 bits can be told"
    )
    assert client.embeddings.create(**case.call, encoding_format="base64").data[0].embedding == packed


def test_dimensions(client):
    """The vector is cut and made as long as one again."""
    case = stored.case("embeddings", "dimensions")
    (vector,) = vectors(case.response)
    for encoding in ({}, {"encoding_format": "float"}):
        (got,) = client.embeddings.create(**case.call, dimensions=256, **encoding).data
        assert len(got.embedding) == 256
        assert math.isclose(math.fsum(value * value for value in got.embedding), 1, rel_tol=1e-5)
        length = math.sqrt(math.fsum(value * value for value in vector[:256]))
        for have, want in zip(got.embedding, vector[:256], strict=True):
            assert math.isclose(have, want / length, rel_tol=1e-5, abs_tol=1e-7)
    packed = client.embeddings.create(**case.call, dimensions=256, encoding_format="base64")
    assert len(packed.data[0].embedding) == 1368
    whole = client.embeddings.create(**case.call, dimensions=512, encoding_format="float")
    assert whole.data[0].embedding == vector, "as long as it is stored: nothing is changed"


def test_too_few_dimensions(client):
    with pytest.raises(openai.BadRequestError) as raised:
        client.embeddings.create(model="text-embedding-3-small", input="neutral", dimensions=-1)
    assert "-1 is less than the minimum of 1" in raised.value.message
    assert (raised.value.type, raised.value.code) == ("invalid_request_error", None)


def test_a_neutral_vector(client):
    got = client.embeddings.create(model="text-embedding-3-large", input=["a neutral one", "and another"])
    assert [(one.index, one.embedding) for one in got.data] == [(0, [0.5, -0.25]), (1, [0.5, -0.25])]
    assert got.model == "text-embedding-3-large"
    assert got.usage.prompt_tokens == got.usage.total_tokens > 0


@pytest.mark.parametrize("name", stored.names("moderations"))
def test_moderations(client, name):
    case = stored.case("moderations", name)
    raw = client.moderations.with_raw_response.create(**case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


def test_neutral_moderations(client):
    categories = list(stored.case("moderations", "clean").response["results"][0]["categories"])
    (result,) = client.moderations.create(input="what flags").results
    result = result.to_dict()
    assert result["flagged"] is True
    assert [name for name in categories if result["categories"][name]] == ["hate", "violence/graphic"]
    for key in ("categories", "category_scores", "category_applied_input_types"):
        assert set(result[key]) == set(categories)
    for name, score in result["category_scores"].items():
        assert 0 <= score <= 1 and (score > 0.5) == (name in ("hate", "violence/graphic"))
    got = client.moderations.create(input=["a clean one", "another clean one"], model="omni-moderation-2024-09-26")
    assert [one.flagged for one in got.results] == [False, False]
    assert got.model == "omni-moderation-2024-09-26" and got.id.startswith("modr-")
