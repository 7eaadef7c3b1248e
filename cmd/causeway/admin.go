package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func merchantsCommand() *cobra.Command {
	merchants := &cobra.Command{Use: "merchants", Short: "Merchants who collect payments"}
	var m access.Merchant
	create := &cobra.Command{
		Use: "create ID", Short: "Make a merchant, or change one", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			m.ID, m.CreatedAt = args[0], now()
			if err := checkMerchant(m); err != nil {
				return err
			}
			if err := db.SaveMerchant(cmd.Context(), m); err != nil {
				return err
			}
			return show(cmd, m, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\t%s\n", m.ID, m.Name, m.Currency) })
		}),
	}
	create.Flags().StringVar(&m.Name, "name", "", "shown to payers")
	create.Flags().StringVar(&m.Currency, "currency", "EUR", "default settlement currency; a coin or token with its chain, as in USDC@eip155:1")
	create.Flags().StringVar(&m.Tier, "tier", "standard", "what treasury's rules match on")
	merchants.AddCommand(outputFlag(create))
	return merchants
}

var isMerchantID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

func checkMerchant(m access.Merchant) error {
	var faults []string
	if !isMerchantID.MatchString(m.ID) {
		faults = append(faults, "ID must be 1 to 40 lower-case letters, digits, - or _")
	}
	if m.Name == "" {
		faults = append(faults, "--name is missing")
	}
	if _, err := money.ParseAsset(m.Currency); err != nil {
		faults = append(faults, "--currency is no currency")
	}
	if len(faults) > 0 {
		return fmt.Errorf("%w: %s", errUsage, strings.Join(faults, "; "))
	}
	return nil
}

func keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "API keys of merchants and operators"}
	var kind, merchant, mode string
	var scopes []string
	create := &cobra.Command{
		Use: "create", Short: "Make a key; its secret is shown once and never stored", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			k, err := newKey(cmd, db, kind, merchant, mode, scopes)
			if err != nil {
				return err
			}
			k, secret, err := access.NewSecret(k)
			if err != nil {
				return err
			}
			if err := db.SaveAPIKey(cmd.Context(), k); err != nil {
				return err
			}
			made := map[string]string{"id": k.ID, "secret": secret}
			return show(cmd, made, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\n", k.ID, secret) })
		}),
	}
	create.Flags().StringVar(&kind, "kind", "sk", "sk for a merchant, op for an operator")
	create.Flags().StringVar(&merchant, "merchant", "", "whose key it is")
	create.Flags().StringVar(&mode, "mode", "test", "test or live")
	create.Flags().StringSliceVar(&scopes, "scopes", nil, "what a merchant's key may do: read, write, payout, admin (default read,write)")
	list := &cobra.Command{
		Use: "list", Short: "List keys, without their secrets", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			all, err := db.APIKeys(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tKIND\tMERCHANT\tMODE\tSCOPES\tREVOKED")
				for _, k := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%v\t%s\n", k.ID, k.Kind, k.Merchant, k.Mode, k.Scopes, payment.Stamp(k.RevokedAt))
				}
			})
		}),
	}
	revoke := &cobra.Command{
		Use: "revoke ID", Short: "End a key; gateways follow within a second", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			return db.RevokeAPIKey(cmd.Context(), args[0], now())
		}),
	}
	keys.AddCommand(outputFlag(create), outputFlag(list), revoke)
	return keys
}

func newKey(cmd *cobra.Command, db *store.DB, kind, merchant, mode string, scopes []string) (access.Key, error) {
	k := access.Key{
		ID: payment.NewIDs(time.Now)("key"), Kind: kind, Merchant: merchant, Mode: payment.Mode(mode), CreatedAt: now(),
		Scopes: []access.Scope{access.Read, access.Write},
	}
	if kind == "op" {
		k.Scopes = []access.Scope{access.Operator, access.Support}
	}
	if !slices.Contains([]string{"sk", "op"}, kind) || !slices.Contains([]string{"test", "live"}, mode) || (kind == "sk") != (merchant != "") {
		return k, fmt.Errorf("%w: --kind is sk (with --merchant) or op (without), --mode is test or live", errUsage)
	}
	if len(scopes) > 0 {
		var err error
		if k.Scopes, err = merchantScopes(kind, scopes); err != nil {
			return k, err
		}
	}
	if kind == "sk" {
		if _, err := db.Merchant(cmd.Context(), merchant); err != nil {
			return k, err
		}
	}
	return k, nil
}

// merchantScopes reads the scopes of a merchant's key. An operator's key has its own, whole.
func merchantScopes(kind string, names []string) ([]access.Scope, error) {
	var scopes []access.Scope
	for _, name := range names {
		scope := access.Scope(name)
		if kind != "sk" || !slices.Contains([]access.Scope{access.Read, access.Write, access.Payout, access.Admin}, scope) {
			return nil, fmt.Errorf("%w: --scopes are read, write, payout and admin, for a merchant's key", errUsage)
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}
