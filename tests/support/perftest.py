"""ucx_perftest between two processes of this machine."""

import socket
import subprocess
import time

SECONDS = 60


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def perftest(env):
    """Status and output of the client, and output of the server that it talks to."""
    command = ["ucx_perftest", "-t", "tag_lat", "-n", "10", "-w", "1", "-p", str(free_port())]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as server:
        try:
            for _ in range(100):  # the server takes a moment to listen
                client = subprocess.run([*command, "127.0.0.1"], env=env, check=False,
                                        timeout=SECONDS, capture_output=True, text=True)
                if "Connection refused" not in client.stdout + client.stderr or server.poll() is not None:
                    break
                time.sleep(0.1)
        finally:
            try:
                out = server.communicate(timeout=10)[0]
            except subprocess.TimeoutExpired:
                server.kill()
                out = server.communicate()[0]
    return client.returncode, client.stdout + client.stderr, out
