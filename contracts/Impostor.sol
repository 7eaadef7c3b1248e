// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

import {Dev} from "./Dev.sol";

/// @dev Calls itself USDC and is not. Only its address tells.
contract Impostor is Dev {
    constructor(address[] memory holders, uint256 each) Dev("USD Coin", "USDC", 6, holders, each) {}
}
