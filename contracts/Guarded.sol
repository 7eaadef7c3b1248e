// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Pausable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Pausable.sol";
import {Dev} from "./Dev.sol";

/// @dev Can be paused, and can block accounts, as issuers of regulated tokens do. Anybody may turn these switches here:
/// they are there to be turned by tests.
contract Guarded is Dev, ERC20Pausable {
    mapping(address account => bool) public blocked;

    event Blocked(address indexed account, bool blocked);

    error AccountBlocked(address account);

    constructor(address[] memory holders, uint256 each) Dev("Guarded Dollar", "GUARD", 6, holders, each) {}

    function pause() external {
        _pause();
    }

    function unpause() external {
        _unpause();
    }

    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
        emit Blocked(account, isBlocked);
    }

    function decimals() public view override(Dev, ERC20) returns (uint8) {
        return Dev.decimals();
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Pausable) {
        require(!blocked[from], AccountBlocked(from));
        require(!blocked[to], AccountBlocked(to));
        super._update(from, to, value);
    }
}
