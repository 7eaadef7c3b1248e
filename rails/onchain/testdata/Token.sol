// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A token for tests: it can keep a part of what it moves, refuse receivers, and answer with nothing.
contract Token {
    uint8 public immutable decimals;
    uint256 public immutable feeBps;
    mapping(address => uint256) public balanceOf;
    mapping(address => bool) public refused;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint8 decimals_, uint256 feeBps_, uint256 supply) {
        decimals = decimals_;
        feeBps = feeBps_;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function refuse(address receiver) external {
        refused[receiver] = true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        require(!refused[to], "refused");
        require(balanceOf[msg.sender] >= value, "too little");
        uint256 fee = (value * feeBps) / 10000;
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value - fee;
        emit Transfer(msg.sender, to, value - fee);
        return true;
    }
}
