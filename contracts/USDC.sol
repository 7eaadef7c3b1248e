// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Dev} from "./Dev.sol";

/// @dev Like Circle's USDC: 6 decimals, and transfers by EIP-3009 authorization with random nonces. The EIP-712 domain has
/// the name and version of the real one, so that a wallet signs what it would sign there.
contract USDC is Dev, ERC3009 {
    constructor(address[] memory holders, uint256 each) Dev("USD Coin", "USDC", 6, holders, each) EIP712("USD Coin", "2") {}

    /// @dev EIP-712 domain version, where wallets look for it.
    function version() external pure returns (string memory) {
        return "2";
    }

    /// @dev The EIP-712 domain separator, under the name that the real one has.
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function decimals() public view override(Dev, ERC20) returns (uint8) {
        return Dev.decimals();
    }
}
