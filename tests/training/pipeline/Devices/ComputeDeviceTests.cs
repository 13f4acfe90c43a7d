using System.Runtime.InteropServices;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.Training.Base;
using MnistAdder.Training.Devices;
using TorchSharp;

namespace MnistAdder.Training.Tests.Devices;

[Collection(TorchGenerator.Tests)]
public class ComputeDeviceTests
{
    private static readonly NvidiaDriver s_driver = new FakeCuda().Driver!;

    [Theory]
    [InlineData(DeviceChoice.Auto)]
    [InlineData(DeviceChoice.Cuda)]
    public void A_usable_gpu_is_taken_and_described(DeviceChoice choice)
    {
        ComputeDevice device = ComputeDevice.Open(choice, threads: 1, new FakeCuda());

        Assert.Equal(("cuda", null), (device.Kind, device.Fallback));
        Assert.Equal(new DeviceReport("cuda", "NVIDIA H100", "80.0 GiB", "CUDA 12.8, cuDNN available"), device.Report);
    }

    [Fact]
    public void The_cpu_that_was_asked_for_is_taken_without_a_reason()
    {
        ComputeDevice device = ComputeDevice.Open(DeviceChoice.Cpu, threads: 1, new FakeCuda());

        Assert.Equal(("cpu", null), (device.Kind, device.Fallback));
    }

    [Fact]
    public void A_machine_without_a_driver_is_named() => Says(
        new FakeCuda { Driver = null },
        "this build has libtorch for CUDA, but no NVIDIA driver (libcuda.so.1) with a device answers on this machine");

    [Fact]
    public void A_driver_without_a_device_is_named_in_its_own_words() => Says(
        new FakeCuda { Driver = s_driver with { Devices = [], Problem = "error 100, no CUDA-capable device is detected" } },
        "this build has libtorch for CUDA, but the NVIDIA driver has no usable device (error 100, no CUDA-capable device is detected)");

    [Fact]
    public void A_build_for_the_cpu_on_a_machine_with_a_gpu_says_how_to_build_for_cuda() => Says(
        new FakeCuda { IsInBuild = false },
        $"this build has libtorch for the CPU only ({ComputeDevice.HowToBuild})");

    [Fact]
    public void A_build_for_the_cpu_on_a_machine_without_a_gpu_says_both() => Says(
        new FakeCuda { IsInBuild = false, Driver = null },
        $"this build has libtorch for the CPU only ({ComputeDevice.HowToBuild}), and no NVIDIA driver (libcuda.so.1) with a device answers on this machine");

    [Fact]
    public void A_driver_that_is_too_old_is_told_with_its_version() => Says(
        new FakeCuda { Driver = s_driver with { CudaVersion = new Version(11, 4) }, IsUsable = false },
        "this build has libtorch for CUDA, but the NVIDIA driver is too old: it supports CUDA 11.4, and CUDA 12 needs driver 525 or newer");

    [Fact]
    public void A_libtorch_that_cannot_load_cudnn_names_it() => Says(
        new FakeCuda { IsUsable = false, Missing = ["libcudnn.so.9"] },
        "this build has libtorch for CUDA and the driver sees NVIDIA H100, but libtorch can't use it; libcudnn.so.9 is not found by the loader (LD_LIBRARY_PATH names more folders)");

    [Fact]
    public void A_device_that_libtorch_has_no_kernels_for_is_told_in_its_first_line() => Says(
        new FakeCuda { Product = ProductWithoutKernels },
        "NVIDIA H100 can't compute with this build's libtorch (CUDA error: no kernel image is available for execution on the device)");

    [Fact]
    public void Libtorch_without_cudnn_trains_on_the_gpu_and_says_what_that_costs()
    {
        ComputeDevice device = ComputeDevice.Open(DeviceChoice.Auto, threads: 1, new FakeCuda { HasCudnn = false });

        Assert.Equal("cuda", device.Kind);
        Assert.Equal("CUDA 12.8, cuDNN not available: convolutions take slower kernels", device.Report.Driver);
    }

    [Fact]
    public void Of_several_gpus_the_first_is_taken_and_how_to_take_another_is_said()
    {
        var driver = s_driver with { Devices = [new NvidiaDevice("NVIDIA A", 24L << 30), new NvidiaDevice("NVIDIA B", 8L << 30)] };

        ComputeDevice device = ComputeDevice.Open(DeviceChoice.Auto, threads: 1, new FakeCuda { Driver = driver });

        Assert.Equal(("NVIDIA A (the first of 2; CUDA_VISIBLE_DEVICES chooses another)", "24.0 GiB"), (device.Report.Name, device.Report.Memory));
    }

    [Theory]
    [InlineData(DeviceChoice.Auto, 0.5)]
    [InlineData(DeviceChoice.Cuda, double.NaN)]
    public void A_gpu_that_computes_wrongly_is_an_error_even_for_auto(DeviceChoice choice, double error)
    {
        var native = new FakeCuda { Product = device => device == DeviceType.CUDA ? error : 0 };

        var exception = Assert.Throws<TrainingException>(() => ComputeDevice.Open(choice, threads: 1, native));

        Assert.Contains("cuda", exception.Message, StringComparison.Ordinal);
        Assert.Contains("multiplies matrices wrongly", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processor_of_this_machine_computes_rightly() =>
        Assert.InRange(LibtorchCuda.Instance.ProductError(DeviceType.CPU), 0, 1e-5);

#pragma warning disable CA2201 // It is what TorchSharp throws.
    private static double ProductWithoutKernels(DeviceType device) => device == DeviceType.CPU
        ? 0
        : throw new ExternalException("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be asynchronously reported");
#pragma warning restore CA2201

    // auto goes on with the CPU and has the reason to say; cuda ends with it.
    private static void Says(FakeCuda native, string reason)
    {
        ComputeDevice device = ComputeDevice.Open(DeviceChoice.Auto, threads: 1, native);
        Assert.Equal(("cpu", $"CUDA was not to be had: {reason}."), (device.Kind, device.Fallback));
        Assert.Equal(native.Driver is { Devices.Count: > 0 }, device.HasIdleGpu);

        var exception = Assert.Throws<TrainingException>(() => ComputeDevice.Open(DeviceChoice.Cuda, threads: 1, native));
        Assert.Equal($"--device cuda: {reason}.", exception.Message);
    }
}
