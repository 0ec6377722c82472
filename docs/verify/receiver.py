"""A receiver for trying things out: python3 docs/verify/receiver.py PORT SECRET

It verifies both signatures, shows what arrives, and answers 200, or 401 to what does not verify.
With FAIL as a third argument it answers 503.
"""

import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.path.insert(0, os.path.dirname(__file__))
from verify import verify_fanfare, verify_standard

port, secret, fail = int(sys.argv[1]), sys.argv[2], "FAIL" in sys.argv[3:]

class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        # The signature is over these bytes: verify before parsing.
        body = self.rfile.read(int(self.headers["content-length"]))
        good = verify_fanfare(body, self.headers, secret)
        if "webhook-signature" in self.headers:
            good = good and verify_standard(body, self.headers, secret)
        event = json.loads(body) if good else {}
        attempt = int(self.headers["x-fanfare-retry-count"]) + 1
        status = 401 if not good else 503 if fail else 200
        print(status, "attempt", attempt, event.get("type"), event.get("id"), flush=True)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass

HTTPServer(("127.0.0.1", port), Receiver).serve_forever()
