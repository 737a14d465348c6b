# Chromium without a window.
# optional: too large to insist on; scripts/setup test installs it where it can be had
# talks: it complains about the missing D-Bus
# ways: default
# timeout: 90
set -eu
echo '<p id=p>x<script>p.textContent = [..."abc"].map(c => c.repeat(9)).join()</script>' >page.html
chromium --headless --no-sandbox --disable-gpu --dump-dom page.html 2>/dev/null
