"""A page of `ashlar report` read without a browser: its document, and its chunks unpacked anew from the description in
tool/report_chunks.h, so that packing and the page's own unpacking are both held against it."""

import base64
import json
import re


def document_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))


def without_data(text):
    return re.sub(r'(id="data">).*?</script>', r"\1</script>", text, flags=re.S)


def numbers(text):
    value = shift = 0
    for byte in base64.b64decode(text, validate=True):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def chunks(document):
    """(address, size, state, flags, bin's name) of every chunk that is told one by one."""
    kinds, found = document["chunks"]["kinds"], []
    for segment in document["chunks"]["segments"]:
        at, stream = int(segment["start"], 16), numbers(segment.get("chunks", ""))
        for word in stream:
            kind, size = kinds[word // 2], 8 * next(stream)
            for _ in range(next(stream) + 2 if word % 2 else 1):
                found.append((at, size, kind["state"], kind["flags"], kind.get("bin", "")))
                at += size
        if "chunks" in segment and at != int(segment["start"], 16) + segment["size"]:
            raise ValueError(f"segment {segment['start']} ends at {at:x}")
    return found


def resident(document):
    """Bytes in memory of the segments that tell their pages."""
    page, total = document["chunks"]["page_size"], 0
    for segment in document["chunks"]["segments"]:
        base = int(segment["start"], 16) - segment["head"]
        at, end, present = base // page * page, base + segment["head"] + segment["size"], True
        for run in numbers(segment.get("pages", "")):
            if present:
                total += max(0, min(end, at + run * page) - max(base, at))
            at, present = at + run * page, not present
    return total


def cells(document):
    """Sums over all cells: chunks, bytes in memory, live, free, cached, own, top, unknown."""
    sums = [0] * 8
    for segment in document["chunks"]["segments"]:
        for i, number in enumerate(numbers(segment.get("cells", ""))):
            sums[i % 8] += number * (1 if i % 8 == 0 else 8)
    return sums
