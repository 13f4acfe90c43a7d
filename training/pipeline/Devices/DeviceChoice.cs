namespace MnistAdder.Training.Devices;

/// <summary>Which device to train on.</summary>
public enum DeviceChoice
{
    /// <summary>CUDA where it works, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device, or an error that says what is missing.</summary>
    Cuda,
}
