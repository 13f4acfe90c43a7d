using System.CommandLine;
using MnistAdder.Commands;

namespace MnistAdder.Tests;

public sealed class CommandRunnerTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { new InsufficientMemoryException(), "There is not enough memory." },
        {
            new TypeInitializationException("NativeMethods", new DllNotFoundException("Unable to load shared library 'onnxruntime'.\nLook there:\nand there")),
            "Unable to load shared library 'onnxruntime'."
        },
        { new InvalidDataException("The column \u001b[31m'a\r\nb' is \u202edaerba"), "The column \\u001b[31m'a b' is \\u202edaerba" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_a_machine_or_a_file_lacks_is_one_line_without_control_characters(Exception failure, string line)
    {
        (int exitCode, string error) = await Run(() => throw failure);
        Assert.Equal((ExitCodes.Failed, $"error: {line}{Environment.NewLine}"), (exitCode, error));
    }

    [Fact]
    public async Task A_mistake_of_the_programs_own_keeps_its_stack() =>
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Run(() => throw new KeyNotFoundException()));

    private static async Task<(int ExitCode, string Error)> Run(Action action)
    {
        var root = new RootCommand();
        root.SetAction(_ => action());
        using StringWriter output = new(), error = new();
        using var signals = new StopSignals();
        int exitCode = await CommandRunner.RunAsync(root, [], output, error, _ => null, signals);
        return (exitCode, error.ToString());
    }
}
