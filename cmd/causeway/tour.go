package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

func tourCommand() *cobra.Command {
	var o tour.Options
	cmd := &cobra.Command{
		Use: "tour", Short: "Make real payments against a sandbox and show what happened", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.FindBinaries(); err != nil {
				return err
			}
			o.Out, o.Progress = cmd.OutOrStdout(), cmd.ErrOrStderr()
			err := tour.Run(cmd.Context(), o)
			if errors.Is(err, tour.ErrNotHeld) {
				return fmt.Errorf("%w: %w", errBroken, err)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "keep serving afterwards, until interrupted")
	cmd.Flags().StringVar(&o.RPC, "rpc", "", "development node to use as the chain, such as anvil (default: the sandbox's own)")
	cmd.Flags().IntVar(&o.Gateways, "gateways", 1, "how many gateways share the database; more than one need PostgreSQL, named by CAUSEWAY_DATABASE")
	cmd.Flags().StringVar(&o.Sandbox, "sandbox", "", "path of the sandbox binary (default: beside this one)")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "where to keep database and logs (default: a directory that is removed at the end)")
	return cmd
}
