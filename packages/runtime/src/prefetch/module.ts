/**
 * The Python module that a cluster runs to store a model. It needs Flyte's published image and nothing else, so no image
 * is built: the hub's API is plain HTTP. Files keep their paths; a broken download goes on where it broke; large files are
 * held against the checksum that the hub names. The token goes to the hub alone, never to where it redirects.
 */
export const PREFETCH_SOURCE = String.raw`"""Stores a HuggingFace model in Flyte's object store."""

import hashlib
import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import flyte
import flyte.storage
from flyte.io import Dir

env = flyte.TaskEnvironment(name="prefetch-hf-model")
log = logging.getLogger("flyte_webhook_prefetch")

CHUNK_BYTES = 8 * 1024 * 1024
ATTEMPTS = 5
TIMEOUT_S = 60


class TokenStaysAtTheHub(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        origin = lambda url: urllib.parse.urlsplit(url)[:2]
        if following is not None and origin(newurl) != origin(req.full_url):
            following.remove_header("Authorization")
        return following


opener = urllib.request.build_opener(TokenStaysAtTheHub)


def hub_url(path):
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/") + path


def fetch(path, repo, start=0):
    """Opens a path of the hub from a byte on. What trying again cannot mend is a ValueError."""
    request = urllib.request.Request(hub_url(path), headers={"User-Agent": "flyte-webhook"})
    token = os.environ.get("HF_TOKEN")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if start:
        request.add_header("Range", "bytes=%d-" % start)
    try:
        return opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise ValueError("HuggingFace refuses %s: it does not exist, or the token may not read it" % repo) from error
        if error.code == 404:
            raise ValueError("HuggingFace has no %s (%s)" % (repo, path)) from error
        if error.code == 429 or error.code >= 500:
            raise
        raise ValueError("HuggingFace answered %d for %s" % (error.code, path)) from error


def attempts():
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(min(2.0**attempt, 30))
        yield attempt + 1 == ATTEMPTS


def model(repo):
    """The model's commit and its files, as the hub lists them."""
    path = "/api/models/%s?blobs=true" % urllib.parse.quote(repo)
    for last in attempts():
        try:
            with fetch(path, repo) as answer:
                found = json.load(answer)
            return found["sha"], found.get("siblings") or []
        except (OSError, http.client.HTTPException):
            if last:
                raise


def copy(repo, commit, name, out):
    """Copies one file of the model and returns its size and SHA-256."""
    path = "/%s/resolve/%s/%s" % (urllib.parse.quote(repo), commit, urllib.parse.quote(name))
    done, digest = 0, hashlib.sha256()
    for last in attempts():
        try:
            with fetch(path, repo, done) as source:
                length = source.headers.get("Content-Length")
                skip = done if source.status != 206 else 0
                end = None if length is None else int(length) + done - skip
                while chunk := source.read(CHUNK_BYTES):
                    fresh, skip = chunk[skip:], max(0, skip - len(chunk))
                    out.write(fresh)
                    digest.update(fresh)
                    done += len(fresh)
            if end is None or done == end:
                return done, digest.hexdigest()
            raise http.client.IncompleteRead(b"", end - done)
        except (OSError, http.client.HTTPException) as error:
            if last:
                raise
            log.warning("%s: %s after %d bytes, trying again", name, error, done)


def is_plain(name):
    parts = name.split("/")
    return bool(name) and not any(part in ("", ".", "..") or "\\" in part for part in parts)


def new_place(label):
    # Not get_random_remote_path: it turns file:///a into a path below the working directory.
    return "/".join([flyte.ctx().raw_data_path.path.rstrip("/"), uuid.uuid4().hex, label])


@env.task
def store_hf_model_task(info: str, raw_data_path: str | None = None) -> Dir:
    wanted = json.loads(info)
    repo = wanted["repo"]
    commit, files = model(repo)
    label = wanted.get("artifact_name") or repo.split("/")[-1].replace(".", "-")
    root = (raw_data_path or new_place(label)).rstrip("/")
    store = flyte.storage.get_underlying_filesystem(path=root)
    log.info("storing %d files of %s at %s in %s", len(files), repo, commit, root)
    for file in files:
        name = file["rfilename"]
        if not is_plain(name):
            raise ValueError("%s names a file %r" % (repo, name))
        target = root + "/" + name
        if "://" not in root or root.startswith("file://"):
            store.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        with store.open(target, "wb") as out:
            size, digest = copy(repo, commit, name, out)
        expected = (file.get("lfs") or {}).get("sha256")
        if expected and expected != digest:
            raise ValueError("%s of %s arrived damaged: its SHA-256 is %s, not %s" % (name, repo, digest, expected))
        log.info("%s: %d bytes", name, size)
    return Dir.from_existing_remote(root)
`;
