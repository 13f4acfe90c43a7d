using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

public sealed class OnnxCheckerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_onnx_projects_own_checker_accepts_a_trained_model()
    {
        Python.RequireModule("onnx", "python3-onnx");
        using RunningProgram training = RunningProgram.Run(
            Programs.TrainingHost, "--dataset", "synthetic", "--limit", "200", "--epochs", "1", "--output", _folder.Path);
        Assert.Equal(ExitCodes.Done, training.ExitCode);

        string model = _folder["model.onnx"];
        string said = Python.Run(
            "-c",
            "import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); "
            + "print(m.ir_version, m.opset_import[0].version, m.producer_name, sorted(i.name for i in m.graph.initializer if i.name.endswith('conv1.weight')))",
            model);
        Assert.Equal("8 17 MnistAdder ['digit.conv1.weight']\n", said);
    }
}
