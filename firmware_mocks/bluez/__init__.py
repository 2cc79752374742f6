"""A stand-in for bluetoothd on a bus of its own, for bleak's own BlueZ backend to work with.

The objects, signals and errors are those that BlueZ documents (org.bluez.Adapter(5), Device(5), AgentManager(5),
GattCharacteristic(5)); behind them virtual devices are reached over real ATT, GATT and SMP.
"""
