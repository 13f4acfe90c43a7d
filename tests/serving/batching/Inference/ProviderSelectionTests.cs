using MnistAdder.OnnxBatching.Devices;
using MnistAdder.OnnxBatching.Inference;

namespace MnistAdder.OnnxBatching.Tests.Inference;

public class ProviderSelectionTests
{
    private static readonly string[] CpuOnly = ["CPUExecutionProvider"];
    private static readonly string[] WithCuda = ["CUDAExecutionProvider", "CPUExecutionProvider"];

    [Fact]
    public void Cpu_is_opened_without_a_look_at_cuda()
    {
        var selection = ProviderSelection.Open(ExecutionProvider.Cpu, WithCuda, provider => provider, Nothing, Nothing);

        Assert.Equal((ExecutionProvider.Cpu, ExecutionProvider.Cpu), (selection.Opened, selection.Provider));
        Assert.Null(selection.Fallback);
    }

    [Theory]
    [InlineData(ExecutionProvider.Auto)]
    [InlineData(ExecutionProvider.Cuda)]
    public void Cuda_is_taken_where_the_build_has_it_and_the_device_answers(ExecutionProvider requested)
    {
        var selection = ProviderSelection.Open(requested, WithCuda, provider => provider, Nothing, Nothing);

        Assert.Equal((ExecutionProvider.Cuda, ExecutionProvider.Cuda), (selection.Opened, selection.Provider));
        Assert.Null(selection.Fallback);
    }

    [Fact]
    public void Auto_says_why_a_build_for_the_cpu_takes_the_cpu()
    {
        var selection = ProviderSelection.Open(ExecutionProvider.Auto, CpuOnly, provider => provider, Nothing, Nothing);

        Assert.Equal(ExecutionProvider.Cpu, selection.Provider);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", selection.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public void Cuda_fails_in_a_build_for_the_cpu_and_says_what_is_missing()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, CpuOnly, provider => provider, Nothing, Nothing));

        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(EntryPointNotFoundException), "no CUDA entry points")]
    [InlineData(typeof(DllNotFoundException), "libcublas is gone")]
    public void A_device_or_library_that_does_not_answer_is_a_fallback_for_auto_and_an_error_for_cuda(Type failure, string reason)
    {
        ExecutionProvider Open(ExecutionProvider provider) => provider == ExecutionProvider.Cpu
            ? provider
            : throw (Exception)Activator.CreateInstance(failure, "libcublas is gone")!;

        var selection = ProviderSelection.Open(ExecutionProvider.Auto, WithCuda, Open, Nothing, Nothing);
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, WithCuda, Open, Nothing, Nothing));

        Assert.Equal(ExecutionProvider.Cpu, selection.Opened);
        Assert.Contains(reason, selection.Fallback, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.IsType(failure, exception.InnerException);
    }

    public static TheoryData<string, string> DriverProblems => new()
    {
        { CudaReadiness.DriverProblem(null)!, "no NVIDIA driver (libcuda.so.1) with a device answers on this machine" },
        { CudaReadiness.DriverProblem(Driver("12.4", "error 100, no CUDA-capable device is detected"))!, "no usable device (error 100, no CUDA-capable device is detected)" },
        { CudaReadiness.DriverProblem(Driver("11.4", null))!, "the NVIDIA driver is too old: it supports CUDA 11.4, and CUDA 12 needs driver 525 or newer" },
    };

    [Theory]
    [MemberData(nameof(DriverProblems))]
    public void Cuda_is_not_even_tried_with_a_driver_that_can_not_serve_it(string problem, string expected)
    {
        static ExecutionProvider Open(ExecutionProvider provider) =>
            provider == ExecutionProvider.Cpu ? provider : throw new InvalidOperationException("CUDA was tried.");

        var selection = ProviderSelection.Open(ExecutionProvider.Auto, WithCuda, Open, () => problem, Nothing);
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, WithCuda, Open, () => problem, Nothing));

        Assert.Equal($"CUDA was not to be had: {problem}.", selection.Fallback);
        Assert.Equal($"The model can't run on CUDA: {problem}.", exception.Message);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    // ONNX Runtime logs which library failed to load, and throws no more than this.
    [Theory]
    [InlineData("libcudnn.so.9 is not found by the loader", "libcudnn.so.9")]
    [InlineData("libcublas.so.12, libcudnn.so.9 are not found by the loader", "libcublas.so.12", "libcudnn.so.9")]
    public void Libraries_that_the_machine_lacks_are_named_where_onnx_runtime_does_not_say_it(string expected, params string[] missing)
    {
        const string native = "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library";
        static ExecutionProvider Open(ExecutionProvider provider) =>
            provider == ExecutionProvider.Cpu ? provider : throw new DllNotFoundException(native);
        string problem = CudaReadiness.LibraryProblem(missing)!;

        var selection = ProviderSelection.Open(ExecutionProvider.Auto, WithCuda, Open, Nothing, () => problem);
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, WithCuda, Open, Nothing, () => problem));

        Assert.Equal($"CUDA was not to be had: {problem} ({native}).", selection.Fallback);
        Assert.Equal($"The model can't run on CUDA: {problem} ({native}).", exception.Message);
        Assert.Contains(expected, selection.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_onnx_runtime_names_stays_in_the_message()
    {
        const string native = "[ErrorCode:Fail] Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory\n";
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open<int>(
            ExecutionProvider.Cuda, WithCuda, _ => throw new DllNotFoundException(native), Nothing, Nothing));

        Assert.Contains("libcudnn.so.9: cannot open shared object file", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_driver_of_cuda_12_with_a_device_lacks_nothing()
    {
        Assert.Null(CudaReadiness.DriverProblem(Driver("12.0", null)));
        Assert.Null(CudaReadiness.LibraryProblem([]));
    }

    [Fact]
    public void An_error_that_has_nothing_to_do_with_cuda_is_no_fallback() =>
        Assert.Throws<NotSupportedException>(() =>
            ProviderSelection.Open<int>(ExecutionProvider.Auto, WithCuda, _ => throw new NotSupportedException(), Nothing, Nothing));

    private static string? Nothing() => null;

    private static NvidiaDriver Driver(string version, string? problem) =>
        new(Version.Parse(version), problem is null ? [new NvidiaDevice("NVIDIA T4", 16L << 30)] : [], problem);
}
