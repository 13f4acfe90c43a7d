using MnistAdder.Devices;
using TorchSharp;

namespace MnistAdder.Training.Devices;

/// <summary>What only native libraries know of CUDA here, so that every decision that follows from it can be tested on any machine.</summary>
internal interface INativeCuda
{
    /// <summary>Whether libtorch's CUDA half was built in.</summary>
    bool IsInBuild { get; }

    /// <summary>Whether libtorch can use a device.</summary>
    bool IsUsable { get; }

    /// <summary>Whether libtorch found cuDNN.</summary>
    bool HasCudnn { get; }

    /// <summary>Asks the driver; null where there is none.</summary>
    NvidiaDriver? QueryDriver();

    /// <summary>CUDA's libraries that the loader doesn't find.</summary>
    IReadOnlyList<string> MissingLibraries();

    /// <summary>Lets a device multiply two small matrices whose product is known.</summary>
    /// <returns>The greatest difference from the right answer.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device can't compute.</exception>
    double ProductError(DeviceType device);
}
