#!/bin/sh
# A first hour with Partingline in curl: browse, ask two mould makers, be read in Chinese, see who was told.
#
# Start `make demo`, then: sh examples/quickstart.sh [address of the API]
# Needs curl 7.82 or newer, and Python 3.8 or newer to read JSON. The sample logins are those that the demo prints.
set -eu

API=${1:-http://127.0.0.1:8000}
PASSWORD='two-plate mould 2738'
PYTHON=${PYTHON:-python3}

# show EXPRESSION: evaluates it on the JSON of standard input (`a` for the answer) and prints it.
show() {
  PYTHONIOENCODING=utf-8 "$PYTHON" -c '
import json, sys
a = json.loads(sys.stdin.buffer.read() or sys.exit(1))
print(eval(sys.argv[1]))' "$@"
}

# ask METHOD PATH [curl options]: refusals are problem documents, which are shown before it stops.
ask() {
  method=$1 path=$2
  shift 2
  answer=$(curl --silent --show-error --fail-with-body --max-time 20 --request "$method" "$API$path" "$@") || {
    printf '%s\n' "The API refused $method $path, or is not at $API." "$answer" >&2
    exit 1
  }
  printf '%s\n' "$answer"
}

# sign_in E-MAIL: an access token; it lasts 15 minutes.
sign_in() {
  ask POST /v1/auth/token --data grant_type=password --data-urlencode "username=$1" \
    --data-urlencode "password=$PASSWORD" | show 'a["access_token"]'
}

# A new Idempotency-Key: a request that is sent twice under one key happens once.
new_key() {
  "$PYTHON" -c 'import uuid; print(uuid.uuid4())'
}

echo '1. The same listing in two languages, without signing in'
for locale in de zh-Hans; do
  ask GET '/v1/catalog/products?category=two-plate-moulds&limit=1' --header "Accept-Language: $locale" |
    show '"   '$locale': " + " | ".join([(i := a["items"][0])["title"]["text"], i["category"]["label"], i["from_price"]["text"]])'
done

echo '2. A purchaser in Grand Rapids asks two mould makers'
buyer=$(sign_in dana.whitfield@great-lakes-molded.example)
firm() {
  ask GET "/v1/organizations?role=supplier&country=$1&limit=100" | show "next($3 for f in a['items'] if f['code'] == '$2')"
}
for which in 'CN hengfeng-mould' 'JP owari-press-kanagata'; do
  firm $which '"   " + f["legal_name_local"] + " (" + f["country_name"] + ")"'
done
closes_at=$("$PYTHON" -c 'import datetime as d; print((d.datetime.now(d.timezone.utc) + d.timedelta(days=21)).isoformat())')
hengfeng=$(firm CN hengfeng-mould 'f["id"]')
owari=$(firm JP owari-press-kanagata 'f["id"]')
inquiry=$(ask POST /v1/inquiries --header "Authorization: Bearer $buyer" --header "Idempotency-Key: $(new_key)" --json @- <<JSON
{
  "title": "Two-cavity injection mould for a pump cover",
  "notes": "Please quote with a DFM report, steel certificates and two trials.",
  "locale": "en", "currency": "USD", "incoterm": "DAP", "incoterm_place": "Grand Rapids",
  "closes_at": "$closes_at",
  "lots": [{"lines": [{
    "description": "Injection mould with hot runner, PA66-GF30, cavity in 1.2343",
    "quantity": "1", "unit": "H87"
  }]}],
  "supplier_ids": ["$hengfeng", "$owari"]
}
JSON
)
printf '%s\n' "$inquiry" | show '"   " + a["number"] + ": " + a["state"]["label"]'
id=$(printf '%s\n' "$inquiry" | show 'a["id"]')
ask POST "/v1/inquiries/$id/publication" --header "Authorization: Bearer $buyer" --header "Idempotency-Key: $(new_key)" |
  show '"   {}: {}, {} invited".format(a["number"], a["state"]["label"], len(a["invitations"]))'

echo '3. Chen Wei in Dongguan reads it'
supplier=$(sign_in wei@hengfeng-mould.example)
for _ in $(seq 60); do
  seen=$(ask GET "/v1/inquiries/$id" --header "Authorization: Bearer $supplier")
  test "$(printf '%s\n' "$seen" | show 'a["title"]["translation"] is not None')" = True && break
  sleep 1
done
for text in 'a["title"]' 'a["lots"][0]["lines"][0]["description"]'; do
  printf '%s\n' "$seen" | show '"   {locale}: {text}".format(**'"$text"')'
  printf '%s\n' "$seen" | show '"   {locale}: {text} ({state})".format(**'"$text"'["translation"])'
done
printf '%s\n' "$seen" | show '"   " + a["state"]["label"] + " | " + a["my_invitation"]["status"]["label"]'

echo '4. What he has been told'
for _ in $(seq 60); do
  told=$(ask GET '/v1/notifications?limit=5' --header "Authorization: Bearer $supplier" |
    show '"\n".join("   " + n["subject"] for n in a["items"] if n["entity_id"] == sys.argv[2])' "$id")
  test -n "$told" && break
  sleep 1
done
printf '%s\n' "$told"
