using MnistAdder.Training.Devices;
using MnistAdder.TrainingHost.Commands;
using static TorchSharp.torch;

namespace MnistAdder.TrainingHost.Tests;

public sealed class TrainerErrorsTests
{
    // More than the address space has.
    private const long Greed = 1L << 50;

    [Fact]
    public void Memory_that_runs_out_outside_of_training_is_one_line_of_the_command()
    {
        Exception error = Assert.ThrowsAny<Exception>(() => empty(Greed));

        Assert.True(LibtorchFailure.IsOutOfMemory(error));
        string line = TrainerErrors.Message(error)!;
        Assert.StartsWith("libtorch ran out of memory: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Another_error_of_libtorch_is_one_line_too_and_no_lack_of_memory()
    {
        Exception error = Assert.ThrowsAny<Exception>(() => ones(2, 3).mm(ones(2, 3)));

        Assert.False(LibtorchFailure.IsOutOfMemory(error));
        Assert.Equal("libtorch failed: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3) (--verbose shows where).", TrainerErrors.Message(error));
        Assert.StartsWith(
            "libtorch can't be loaded: there is too little memory",
            TrainerErrors.Message(new TypeInitializationException("TorchSharp.torch", new NotSupportedException("several lines"))),
            StringComparison.Ordinal);
        Assert.Null(TrainerErrors.Message(new InvalidOperationException("a mistake of this program")));
    }
}
