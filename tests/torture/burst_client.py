"""One of several processes that post signed inbound messages at once: `python -m ... http://server https://public/url`.

Reads a round a line from standard input, a JSON list of [from, body, sid], posts it with 16 threads and prints the
HTTP statuses as a JSON list. It stays for as long as standard input does.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.worlds.fake_twilio_webhooks import WebhookPoster

THREADS = 16


def main() -> None:
    server, inbound = sys.argv[1:]
    poster = WebhookPoster(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, webhook_at=server)
    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            messages = json.loads(line)
            print(json.dumps(list(pool.map(lambda one: poster.send_inbound(inbound, *one), messages))), flush=True)
    poster.close()


if __name__ == "__main__":
    main()
