#!/bin/sh
# Fills the books of a fleet before its gateways start: what the house has at its banks and in its hot wallet, as the sandbox
# opens these accounts, and a merchant with a key. Run again it changes nothing. The key is the last line that it prints.
set -eu

causeway() { command causeway "$@" --config /etc/causeway.yaml; }

# fund ACCOUNT VALUE ASSET: booked once under its name, which has neither colons nor ats.
fund() { causeway ledger fund "opening_$(echo "$1_$3" | tr :@ _)" "$1" "$2" "$3"; }

fund nostro:bank.sandbox-eur:EUR 1000000.00 EUR
fund nostro:xb.sandbox:CNY 10000000.00 CNY
fund nostro:xb.sandbox:USD 1000000.00 USD
fund chain:eip155:1337:hot 10 ETH@eip155:1337
fund chain:eip155:1337:hot 100000 USDC@eip155:1337

# What the merchant earns is available at once, so that it can be paid out. A key's secret is told only once: it is kept here.
causeway merchants create demo --name "Demo Shop" --currency EUR --tier instant
if [ ! -s /data/demo.key ]; then
  causeway keys create --merchant demo --scopes read,write,payout >/data/new.key
  mv /data/new.key /data/demo.key
fi
while read -r _ secret; do echo "$secret"; done </data/demo.key
