// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev What the tokens of a development chain share: the first holders get the same amount each, and anybody may mint.
/// Nobody needs a key to fill a test account, and nothing here is worth anything.
abstract contract Dev is ERC20 {
    uint8 private immutable _decimals;

    constructor(string memory name, string memory symbol, uint8 places, address[] memory holders, uint256 each)
        ERC20(name, symbol)
    {
        _decimals = places;
        for (uint256 i = 0; i < holders.length; i++) {
            _mint(holders[i], each);
        }
    }

    function decimals() public view virtual override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}
