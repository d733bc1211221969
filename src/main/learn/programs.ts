/**
 * The programs of Learn's images. All are scripts for the shell of busybox, so that they are small, and a user can read
 * them in the container.
 */

/** The programs of the image `berth/learn-hello`, by name. */
export const helloPrograms: Readonly<Record<string, string>> = {
  hello: `#!/bin/sh
echo 'Hello from Docker!'
echo "I am process $$ in a container. My kernel is $(uname -sr)."
`,
  // PID 1 ignores SIGTERM unless it handles the signal.
  rest: `#!/bin/sh
trap 'exit 0' TERM
echo 'I wait until somebody stops me.'
while :; do sleep 1 & wait $!; done
`,
  count: `#!/bin/sh
finish() {
  echo 'SIGTERM: I finish my work first.'
  for left in 3 2 1; do echo "$left"; sleep 1; done
  echo 'Done.'
  exit 0
}
trap finish TERM
work=0
while :; do work=$((work + 1)); echo "work $work"; sleep 1 & wait $!; done
`,
  stubborn: `#!/bin/sh
since=
trap 'since=0; echo "SIGTERM: I do not stop."' TERM
while :; do
  sleep 1 & wait $!
  [ -z "$since" ] || { since=$((since + 1)); echo "$since s since SIGTERM"; }
done
`,
  // Each variable takes 1 MiB, until the kernel ends the shell.
  eat: `#!/bin/sh
text=0123456789abcdef
while [ \${#text} -lt 1048576 ]; do text=$text$text; done
count=1
while :; do
  echo "$count MiB"
  count=$((count + 1))
  eval "text$count=\\$text"
done
`,
  spin: `#!/bin/sh
trap 'exit 0' TERM
echo 'I use as much CPU as I get.'
while :; do :; done
`,
  visit: `#!/bin/sh
trap 'exit 0' TERM
echo "I wait for an answer from $1."
until wget -q -O - "$1" 2>/dev/null; do sleep 1; done
echo
echo "This answer came from $1."
while :; do sleep 1 & wait $!; done
`,
}

const node = `#!/bin/sh
# A small stand-in for Node.js, made by Berth. It understands only the server.js of Learn.
fail() { echo "$1" >&2; exit 1; }
case "\${1:-}" in
  -v|--version) echo 'v0.0.0-learn (a small stand-in for Node.js, made by Berth)'; exit 0 ;;
  '') fail 'This stand-in for Node.js only runs a file: node server.js' ;;
esac
case $1 in
  /*) file=$1 ;;
  *) file=\${PWD%/}/$1 ;;
esac
[ -f "$file" ] || fail "Error: Cannot find module '$file'"
for name in $(sed -n "s/.*require(['\\"]\\([^'\\"]*\\)['\\"]).*/\\1/p" "$file"); do
  at=$(dirname "$file")
  until [ -d "\${at%/}/node_modules/$name" ]; do
    [ "$at" != / ] || fail "Error: Cannot find module '$name'"
    at=$(dirname "$at")
  done
done
port=$(sed -n 's/^const PORT = \\([0-9][0-9]*\\).*/\\1/p' "$file" | head -n 1)
text=$(sed -n "s/.*res\\.send(['\\"\\\`]\\(.*\\)['\\"\\\`]).*/\\1/p" "$file" | head -n 1)
log=$(sed -n "s/.*console\\.log(['\\"\\\`]\\(.*\\)['\\"\\\`]).*/\\1/p" "$file" | head -n 1)
[ -n "$port" ] || fail 'This stand-in for Node.js finds no line "const PORT = 8080" in the file.'
[ -n "$text" ] || fail "This stand-in for Node.js finds no line with res.send('...') in the file."
mkdir -p /tmp/page
printf '<!doctype html><meta charset="utf-8">%s\\n' "$text" > /tmp/page/index.html
[ -z "$log" ] || echo "$log"
exec httpd -f -p "$port" -h /tmp/page
`

const npm = `#!/bin/sh
# A small stand-in for npm, made by Berth. It downloads nothing.
case "\${1:-}" in
  install|i) ;;
  *) echo 'This stand-in for npm only knows: npm install' >&2; exit 1 ;;
esac
here=\${PWD%/}
if [ ! -f package.json ]; then
  echo 'npm error code ENOENT' >&2
  echo "npm error enoent Could not read package.json: no such file or directory, open '$here/package.json'" >&2
  exit 254
fi
echo 'npm: a small stand-in, made by Berth. It makes empty modules.'
sleep 2
count=0
for name in $(sed -n '/"dependencies"/,/}/s/^ *"\\([^"]*\\)": *"[^"]*".*/\\1/p' package.json); do
  mkdir -p "node_modules/$name"
  count=$((count + 1))
done
echo "added $count package"
`

/** The programs of the image `berth/learn-node`, by name. */
export const nodePrograms: Readonly<Record<string, string>> = { node, npm }
