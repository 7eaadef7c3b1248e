// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Dev} from "./Dev.sol";

/// @dev Takes 1 % of every transfer: less arrives than the call says, and a second Transfer event tells of the fee.
contract Taxed is Dev {
    uint256 public constant feeBps = 100;

    constructor(address[] memory holders, uint256 each) Dev("Taxed Token", "TAXED", 18, holders, each) {}

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) {
            super._update(from, to, value);
            return;
        }
        uint256 fee = (value * feeBps) / 10_000;
        super._update(from, to, value - fee);
        super._update(from, address(this), fee);
    }
}
