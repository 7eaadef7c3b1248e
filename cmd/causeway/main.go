// Command causeway is the payment gateway: it serves the API, and has the tools to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/store"
)

// Exit codes.
const (
	exitFailed  = 1 // the command could not do its work
	exitInvalid = 2 // the configuration or the command line is not valid; nothing was done
	exitBroken  = 3 // an invariant does not hold, or a statement and the books differ
)

// errBroken is returned when an audit finds something.
var errBroken = errors.New("an invariant does not hold")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "causeway:", err)
	var invalid *config.Error
	switch {
	case errors.As(err, &invalid), errors.Is(err, errUsage):
		os.Exit(exitInvalid)
	case errors.Is(err, errBroken), errors.Is(err, errBreaks):
		os.Exit(exitBroken)
	}
	os.Exit(exitFailed)
}

// errUsage is returned when the command line makes no sense.
var errUsage = errors.New("usage")

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "causeway",
		Short:         "Payments that are never charged twice and never lost",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.PersistentFlags().String("config", "", "configuration file; none is needed")
	root.AddCommand(serveCommand(), tourCommand(), auditCommand(), keysCommand(), merchantsCommand(), ledgerCommand(), ratesCommand(),
		reviewsCommand(), claimsCommand(), haltsCommand(), reconcileCommand(), breaksCommand(), signerCommand())
	return root
}

// configured reads the configuration that the command line names, and makes its coins and tokens known.
func configured(cmd *cobra.Command) (config.Config, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(path, os.Environ())
	if err != nil {
		return c, err
	}
	if err := registerAssets(c.Chains); err != nil {
		return c, &config.Error{Faults: []string{"chains: " + err.Error()}}
	}
	return c, nil
}

// withStore runs do on the configured database.
func withStore(do func(cmd *cobra.Command, db *store.DB, args []string) error) func(*cobra.Command, []string) error {
	return withBooks(func(cmd *cobra.Command, _ config.Config, db *store.DB, args []string) error { return do(cmd, db, args) })
}

// withBooks does so with the configuration beside it.
func withBooks(do func(cmd *cobra.Command, c config.Config, db *store.DB, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := configured(cmd)
		if err != nil {
			return err
		}
		db, err := store.Open(cmd.Context(), c.Database)
		if err != nil {
			return err
		}
		return errors.Join(do(cmd, c, db, args), db.Close())
	}
}

// now is the present as it is stored: in UTC and whole microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
