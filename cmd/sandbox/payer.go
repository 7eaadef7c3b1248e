package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// localNode is the first endpoint of a sandbox started without flags, and where other development nodes listen too.
const localNode = "http://127.0.0.1:8545"

func deployCommand() *cobra.Command {
	var url string
	deploy := &cobra.Command{
		Use:   "deploy",
		Short: "Create the tokens on a development chain, where they are not yet, and print their addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := rpc.DialContext(cmd.Context(), url)
			if err != nil {
				return fmt.Errorf("--rpc: %w", err)
			}
			defer client.Close()
			deployment, err := wallet.Deploy(cmd.Context(), client)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(deployment)
		},
	}
	deploy.Flags().StringVar(&url, "rpc", localNode, "JSON-RPC address of the node")
	return deploy
}

// payer is what the flags of the pay command say.
type payer struct {
	url      string
	key      string
	account  int
	to       string
	amount   string
	token    string
	raw      string
	patience time.Duration
}

func payCommand() *cobra.Command {
	var p payer
	pay := &cobra.Command{
		Use:   "pay",
		Short: "Sign a transfer with a development key, send it, and print the transaction",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			node, err := ethclient.DialContext(cmd.Context(), p.url)
			if err != nil {
				return fmt.Errorf("--rpc: %w", err)
			}
			defer node.Close()
			sent, err := p.send(cmd.Context(), node)
			if err != nil {
				return err
			}
			if sent, err = wallet.Await(cmd.Context(), node, sent, p.patience); err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(sent)
		},
	}
	flags := pay.Flags()
	flags.StringVar(&p.url, "rpc", localNode, "JSON-RPC address of the node")
	flags.StringVar(&p.key, "key", "", "private key of the payer in hex")
	flags.IntVar(&p.account, "account", 0, "number of a development account that pays, from 0 to 9")
	flags.StringVar(&p.to, "to", "", "address that is paid")
	flags.StringVar(&p.amount, "amount", "", "whole units, such as 1.5")
	flags.StringVar(&p.token, "token", "", "name or address of a token; ether when left out")
	flags.StringVar(&p.raw, "raw", "", "send this signed transaction again, instead of a new one")
	flags.DurationVar(&p.patience, "wait", 0, "how long to wait for a block")
	pay.MarkFlagsMutuallyExclusive("key", "account", "raw")
	pay.MarkFlagsOneRequired("to", "raw")
	return pay
}

func (p payer) send(ctx context.Context, node *ethclient.Client) (wallet.Sent, error) {
	if p.raw != "" {
		raw, err := hexutil.Decode(p.raw)
		if err != nil {
			return wallet.Sent{}, fmt.Errorf("--raw: %w", err)
		}
		return wallet.Broadcast(ctx, node, raw)
	}
	if !common.IsHexAddress(p.to) {
		return wallet.Sent{}, errors.New("--to must be 0x and 40 hex digits")
	}
	key, err := p.signer()
	if err != nil {
		return wallet.Sent{}, err
	}
	return wallet.Pay(ctx, node, wallet.Payment{Key: key, To: common.HexToAddress(p.to), Amount: p.amount, Token: p.token})
}

func (p payer) signer() (*ecdsa.PrivateKey, error) {
	if p.key != "" {
		return wallet.Key(p.key)
	}
	return wallet.Account(p.account)
}
