using MnistAdder.OnnxBatching.Devices;
using MnistAdder.Training.Base;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Devices;

/// <summary>The libtorch beside this program and the driver of this machine.</summary>
internal sealed class LibtorchCuda : INativeCuda
{
    // libtorch brings CUDA itself along, some of it under names of its own; cuDNN under the usual one.
    private static readonly string[] s_ownLibraries = [CudaLibraries.Cudnn];

    private LibtorchCuda()
    {
    }

    /// <summary>The one that is needed.</summary>
    public static LibtorchCuda Instance { get; } = new();

    /// <inheritdoc/>
    public bool IsInBuild { get; } = LibrarySearch.NativeFolders(AppContext.BaseDirectory)
        .Any(folder => File.Exists(Path.Combine(folder, "libtorch_cuda.so")) || File.Exists(Path.Combine(folder, "torch_cuda.dll")));

    /// <inheritdoc/>
    public bool IsUsable => cuda.is_available();

    /// <inheritdoc/>
    public bool HasCudnn => cuda.is_cudnn_available();

    /// <inheritdoc/>
    public NvidiaDriver? QueryDriver() => NvidiaDriver.TryQuery();

    /// <inheritdoc/>
    public IReadOnlyList<string> MissingLibraries()
    {
        var search = LibrarySearch.OfProgram();
        return [.. s_ownLibraries.Where(name => !search.Find(name).IsLoadable)];
    }

    /// <inheritdoc/>
    public double ProductError(DeviceType device)
    {
        Device place = device == DeviceType.CUDA ? CUDA : CPU;
        using var scope = NewDisposeScope();
        Tensor left = arange(0, 64, dtype: ScalarType.Float32).view(8, 8).to(place);
        Tensor right = eye(8, dtype: ScalarType.Float32).Times(2).to(place);
        // mm, since TorchSharp's matmul doesn't catch libtorch's error: it would end the process instead of this check.
        return left.mm(right).sub(left.Times(2)).abs().max().cpu().ToDouble();
    }
}

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
