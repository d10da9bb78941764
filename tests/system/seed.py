"""The samples of the original list of events that belong to the story, as
they stand there (three missing and two superfluous commas apart; what is left
out around a row is put in), and the comparison with what Kratt says. The files
are those that the document of the routes shows.
"""

import json

from kratt import ROOT, TIME, UUID

SAMPLES = ROOT / "services/rest-ingress/samples"


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


WAITING = sample("estimated-waiting-time.answer.newcomer")
WAITING_OF_A_CHAT = sample("estimated-waiting-time.answer.chat")
HEALTH = sample("cs-get-components-healthz-status.answer.all-is-well")
REDIRECT_REQUEST = sample("cs-redirect-chat.request.forwarding")
FORWARDED = sample("cs-get-messages-by-chat-id.answer.forwarded")
MESSAGE_ROW = FORWARDED["data"]["cs_get_messages_by_chat_id"][0]
READ_REQUEST = sample("post-message.request.message-read")
READ_ROW = sample("cs-get-new-messages.frame.message-read")
CS_END_REQUEST = sample("cs-end-chat.request.accepted")
END_REQUEST = sample("end-chat.request.client-left")
AUTHENTICATED = sample("cs-get-messages-by-chat-id.data.authentication-successful")


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
