using MnistAdder.Serving.Inference;

namespace MnistAdder.Serving.Tests.Inference;

public class ProviderSelectionTests
{
    private static readonly string[] CpuOnly = ["CPUExecutionProvider"];
    private static readonly string[] WithCuda = ["CUDAExecutionProvider", "CPUExecutionProvider"];

    [Fact]
    public void Cpu_is_opened_without_a_look_at_cuda()
    {
        var selection = ProviderSelection.Open(ExecutionProvider.Cpu, WithCuda, provider => provider);

        Assert.Equal((ExecutionProvider.Cpu, ExecutionProvider.Cpu), (selection.Opened, selection.Provider));
        Assert.Null(selection.Fallback);
    }

    [Theory]
    [InlineData(ExecutionProvider.Auto)]
    [InlineData(ExecutionProvider.Cuda)]
    public void Cuda_is_taken_where_the_build_has_it_and_the_device_answers(ExecutionProvider requested)
    {
        var selection = ProviderSelection.Open(requested, WithCuda, provider => provider);

        Assert.Equal((ExecutionProvider.Cuda, ExecutionProvider.Cuda), (selection.Opened, selection.Provider));
        Assert.Null(selection.Fallback);
    }

    [Fact]
    public void Auto_says_why_a_build_for_the_cpu_takes_the_cpu()
    {
        var selection = ProviderSelection.Open(ExecutionProvider.Auto, CpuOnly, provider => provider);

        Assert.Equal(ExecutionProvider.Cpu, selection.Provider);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", selection.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public void Cuda_fails_in_a_build_for_the_cpu_and_says_what_is_missing()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, CpuOnly, provider => provider));

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

        var selection = ProviderSelection.Open(ExecutionProvider.Auto, WithCuda, Open);
        var exception = Assert.Throws<InvalidOperationException>(() => ProviderSelection.Open(ExecutionProvider.Cuda, WithCuda, Open));

        Assert.Equal(ExecutionProvider.Cpu, selection.Opened);
        Assert.Contains(reason, selection.Fallback, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.IsType(failure, exception.InnerException);
    }

    [Fact]
    public void An_error_that_has_nothing_to_do_with_cuda_is_no_fallback() =>
        Assert.Throws<NotSupportedException>(() =>
            ProviderSelection.Open<int>(ExecutionProvider.Auto, WithCuda, _ => throw new NotSupportedException()));
}
