"""The samples of the original list of events that belong to the story, as
they stand there (two missing and two superfluous commas apart), and the
comparison with what Kratt says.
"""

import json

from kratt import TIME, UUID

WAITING = json.loads("""
{"response": {"durationInSeconds": "100", "positionInUnassignedChats": "0"}}
""")

WAITING_OF_A_CHAT = json.loads("""
{"response": {"durationInSeconds": "300", "positionInUnassignedChats": "3"}}
""")

HEALTH = json.loads("""
{
  "data": {
    "set_healthz_response": {
      "data": [
        {"name": "TIM", "version": "1.0"},
        {"name": "RUUTER", "version": "1.0"},
        {"name": "DMAPPER", "version": "1.0"},
        {"name": "RESQL", "version": "1.0"}
      ]
    }
  },
  "error": null
}
""")

REDIRECT_REQUEST = json.loads("""
{
  "id": "8cecdc84-57fb-4f18-845e-5ca0be3d6223",
  "customerSupportDisplayName": "someCsaAgent",
  "customerSupportId": "EE123Csa1Id",
  "forwardedByUser": "EE123AdminId",
  "forwardedFromCsa": "EE123Csa1Id",
  "forwardedToCsa": "EE123Csa2Id"
}
""")

MESSAGE_ROW = json.loads("""
{
  "id": "f25ea8f0-ed23-4abf-9f76-d99b21094d69",
  "chatId": "8cecdc84-57fb-4f18-845e-5ca0be3d6223",
  "content": "hello",
  "event": "",
  "authorId": "",
  "authorTimestamp": "2023-01-18T12:56:52.159+00:00",
  "authorFirstName": "",
  "authorLastName": "",
  "authorRole": "end-user",
  "forwardedByUser": "someAdminUser",
  "forwardedFromCsa": "csa1",
  "forwardedToCsa": "csa2",
  "rating": "",
  "created": "2023-01-18T12:56:52.895+00:00",
  "updated": "2023-01-18T12:56:52.909+00:00"
}
""")

READ_REQUEST = json.loads("""
{
  "chatId": "23f2ebbc-90d4-4716-9894-9e14f553a852",
  "authorRole": "end-user",
  "authorTimestamp": "2023-01-13T14:23:52.953Z",
  "content": "",
  "event": "message-read"
}
""")

READ_ROW = json.loads("""
{
  "id": "0e6c2a27-fbc1-4f07-9c84-e941af4fce51",
  "chatid": "7045872f-bb09-4b8e-8dd0-76783983792b",
  "content": "",
  "event": "message-read",
  "authorId": "",
  "authorTimestamp": "2023-01-24T08:42:01.352+00:00",
  "authorFirstName": "",
  "authorLastName": "",
  "authorRole": "end-user",
  "forwardedByUser": null,
  "forwardedFromCsa": null,
  "forwardedToCsa": null,
  "rating": "",
  "created": "2023-01-24T08:42:01.538+00:00",
  "updated": "2023-01-24T08:42:01.545+00:00"
}
""")

CS_END_REQUEST = json.loads("""
{
  "chatId": "7045872f-bb09-4b8e-8dd0-76783983792b",
  "event": "ACCEPTED",
  "authorTimestamp": "2023-02-02T07:44:42.612Z",
  "authorFirstName": "Mary-Änn",
  "authorId": "EE49003106521",
  "authorRole": "backoffice-user"
}
""")

END_REQUEST = json.loads("""
{
  "chatId": "7c237f49-7850-4b53-b008-4909c43fc298",
  "event": "client-left",
  "authorTimestamp": "2023-02-02T07:49:41.133Z",
  "authorRole": "end-user"
}
""")


def compare(sample, value, where="", **instead):
    """Fails unless value is the sample: the same keys in the same order, the
    same constants, ids and times of the same shape. instead: for these keys,
    the value wanted in place of the sample's."""
    if isinstance(sample, dict):
        assert isinstance(value, dict), f"{where} is {value!r}"
        assert list(value) == list(sample), f"{where} has {list(value)}, not {list(sample)}"
        for key in sample:
            if key in instead:
                assert value[key] == instead[key], \
                    f"{where}.{key} is {value[key]!r}, not {instead[key]!r}"
            else:
                compare(sample[key], value[key], f"{where}.{key}", **instead)
    elif isinstance(sample, list):
        assert isinstance(value, list) and len(value) == len(sample), f"{where} is {value!r}"
        for index, (one, other) in enumerate(zip(sample, value)):
            compare(one, other, f"{where}[{index}]", **instead)
    elif isinstance(sample, str) and (TIME.fullmatch(sample) or UUID.fullmatch(sample)):
        shape = TIME if TIME.fullmatch(sample) else UUID
        assert isinstance(value, str) and shape.fullmatch(value), f"{where} is {value!r}"
    else:
        assert type(value) is type(sample) and value == sample, \
            f"{where} is {value!r}, not {sample!r}"


def compare_new_message(sample, value, **instead):
    """A row of the new messages: the sample's keys and chatId, which the
    support client reads (contract X-4)."""
    assert value.get("chatId") == value["chatid"], value
    without = {key: item for key, item in value.items() if key != "chatId"}
    compare(sample, without, "row", **instead)
