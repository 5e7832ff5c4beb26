"""One of several processes that post signed inbound messages at once: `python -m tests.torture.burst_client URL`.

Reads a round a line from standard input, a JSON list of [from, body, sid], posts it with 16 threads and prints the
HTTP statuses as a JSON list. It stays for as long as standard input does.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.support.processes import INBOUND
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.worlds.fake_twilio_webhooks import WebhookPoster

THREADS = 16


def main() -> None:
    poster = WebhookPoster(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, webhook_at=sys.argv[1])
    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            messages = json.loads(line)
            print(json.dumps(list(pool.map(lambda one: poster.send_inbound(INBOUND, *one), messages))), flush=True)
    poster.close()


if __name__ == "__main__":
    main()
