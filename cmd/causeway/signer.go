package main

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

// signerFlags say which key a signer has and what it signs.
type signerFlags struct {
	socket, rules, books    string
	keystore, password, raw string

	deposits, depositsPassword, rawDeposits string
	onStdin                                 bool
}

func signerCommand() *cobra.Command {
	var f signerFlags
	command := &cobra.Command{
		Use:   "signer",
		Short: "Hold the key of a wallet in a process of its own, and sign what its rules allow",
		Long: "Hold the key of a wallet in a process of its own, and sign what its rules allow.\n\n" +
			"The rules are a JSON file:\n\n" +
			`  {"chains": [1], "gas_max": 200000, "fee_max": "500000000000",` + "\n" +
			`   "assets": [{"token": "0x…", "max": "5000000000", "daily": "50000000000", "approve": "1000000000"}],` + "\n" +
			`   "destinations": [], "approvers": ["0x…"],` + "\n" +
			`   "sweeps": {"gas_daily": "50000000000000000", "tokens": [{"token": "0x…", "name": "USD Coin", "version": "2"}]}}` + "\n\n" +
			"With the key of the deposits it also moves what payers sent to their addresses: to its own wallet, and nowhere else.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configured(cmd)
			if err != nil {
				return err
			}
			return runSigner(cmd, f, c.Mode)
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.socket, "socket", "signer.sock", "where the gateway asks; only its own user can")
	flags.StringVar(&f.rules, "rules", "signer.json", "what is signed")
	flags.StringVar(&f.books, "books", "signer.db", "what was ever signed; never delete it")
	flags.StringVar(&f.keystore, "keystore", "", "key as a keystore file (version 3)")
	flags.StringVar(&f.password, "password-file", "", "file with the password of the keystore")
	flags.StringVar(&f.raw, "raw-key", "", "key in hex, for test mode only")
	flags.StringVar(&f.deposits, "deposits", "", "extended private key of the payers' addresses, as signer seal wrote it")
	flags.StringVar(&f.depositsPassword, "deposits-password-file", "", "file with the password of that key")
	flags.StringVar(&f.rawDeposits, "raw-deposits", "", "the same key as it is (xprv…), for test mode only")
	flags.BoolVar(&f.onStdin, "exit-on-stdin-close", false, "stop when standard input ends, so that a dead parent leaves nothing behind")
	command.AddCommand(sealCommand())
	return command
}

// sealCommand encrypts the extended private key of the deposits, so that it never has to be on a disk as it is.
func sealCommand() *cobra.Command {
	var password string
	seal := &cobra.Command{
		Use: "seal", Args: cobra.NoArgs,
		Short: "Encrypt the extended private key of the payers' addresses, read from standard input",
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, err := os.ReadFile(password)
			if err != nil {
				return fmt.Errorf("%w: --password-file: %w", errUsage, err)
			}
			xprv, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<10))
			if err != nil {
				return err
			}
			sealed, err := signer.SealDeposits(string(xprv), strings.TrimRight(string(secret), "\r\n"))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", sealed)
			return err
		},
	}
	seal.Flags().StringVar(&password, "password-file", "", "file with the password to encrypt with")
	return seal
}

func runSigner(cmd *cobra.Command, f signerFlags, mode string) (err error) {
	key, err := f.key(mode)
	if err != nil {
		return err
	}
	deposits, err := f.depositKey(mode)
	if err != nil {
		return err
	}
	rules, err := f.readRules()
	if err != nil {
		return err
	}
	s, err := signer.New(cmd.Context(), key, deposits, rules, f.books, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	listener, err := signer.Listen(f.socket)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	address, err := s.Address(cmd.Context())
	if err != nil {
		return err
	}
	ready := map[string]any{"ready": true, "socket": f.socket, "address": address}
	if deposits != nil {
		if ready["xpub"], err = deposits.XPub(); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(cmd.OutOrStdout()).Encode(ready); err != nil {
		return fmt.Errorf("write the ready line: %w", err)
	}
	ctx := cmd.Context()
	if f.onStdin {
		ctx = untilClosed(ctx, cmd.InOrStdin())
	}
	return s.Serve(ctx, listener)
}

// key opens the one key that is named.
func (f signerFlags) key(mode string) (*ecdsa.PrivateKey, error) {
	switch {
	case (f.keystore == "") == (f.raw == ""):
		return nil, fmt.Errorf("%w: name either --keystore or --raw-key", errUsage)
	case f.raw != "" && mode != "test":
		return nil, fmt.Errorf("%w: --raw-key is for test mode only: nothing protects such a file", errUsage)
	case f.raw != "":
		return signer.LoadRaw(f.raw)
	case f.password == "":
		return nil, fmt.Errorf("%w: --keystore needs --password-file", errUsage)
	}
	return signer.LoadKeystore(f.keystore, f.password)
}

// depositKey opens the key of the deposits, if one is named.
func (f signerFlags) depositKey(mode string) (*signer.Deposits, error) {
	switch {
	case f.deposits != "" && f.rawDeposits != "":
		return nil, fmt.Errorf("%w: name either --deposits or --raw-deposits", errUsage)
	case f.rawDeposits != "" && mode != "test":
		return nil, fmt.Errorf("%w: --raw-deposits is for test mode only: nothing protects such a file", errUsage)
	case f.rawDeposits != "":
		return signer.LoadRawDeposits(f.rawDeposits)
	case f.deposits == "":
		return nil, nil
	case f.depositsPassword == "":
		return nil, fmt.Errorf("%w: --deposits needs --deposits-password-file", errUsage)
	}
	return signer.LoadDeposits(f.deposits, f.depositsPassword)
}

func (f signerFlags) readRules() (signer.Rules, error) {
	var rules signer.Rules
	text, err := os.ReadFile(f.rules)
	if err != nil {
		return rules, &config.Error{Faults: []string{"rules: " + err.Error()}}
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&rules)
	if err == nil {
		err = rules.Validate()
	}
	if err != nil {
		return rules, &config.Error{Faults: []string{f.rules + ": " + err.Error()}}
	}
	return rules, nil
}
