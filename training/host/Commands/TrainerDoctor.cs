using System.CommandLine;
using MnistAdder.Commands.Doctor;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>doctor</c> of the trainer: libtorch and ONNX Runtime on each device.</summary>
internal static class TrainerDoctor
{
    private const string Libtorch = "libtorch";

    public static Command Create() => DoctorCommand.Create(_ => Examine());

    private static DoctorReport Examine()
    {
        RuntimeVersions versions = OnnxRuntimeExamination.Versions() with
        {
            TorchSharp = ThisMachine.VersionOf(typeof(torch).Assembly),
            Libtorch = LibtorchVersion(),
        };
        return DoctorReport.Examine(
            // The trainer as a whole, of which this assembly is the command line.
            ProgramFacts.Of(typeof(TrainerDoctor).Assembly) with { Name = "MnistAdder.Training" },
            versions,
            driver => [.. Multiply(driver), .. OnnxRuntimeExamination.Compute(FreshModel, versions, driver)]);
    }

    private static IEnumerable<Computation> Multiply(NvidiaDriver? driver)
    {
        yield return Computation.Try(Libtorch, "cpu", () => Multiply(DeviceChoice.Cpu));
        yield return Computation.TryCuda(Libtorch, LibtorchCuda.Instance.IsInBuild ? null : ComputeDevice.HowToBuild, driver, () => Multiply(DeviceChoice.Cuda));
    }

    private static string Multiply(DeviceChoice choice)
    {
        ComputeDevice device = ComputeDevice.Open(choice, ThisMachine.Processors);
        string remark = choice == DeviceChoice.Cpu ? HiddenCaches.Reveal() ?? "" : $"{device.Report.Name}, {device.Report.Driver}";
        return string.Join("; ", new[] { "matrix product right", remark }.Where(clause => clause.Length > 0));
    }

    private static string? LibtorchVersion()
    {
        try
        {
            return torch.__version__;
        }
        catch (TypeInitializationException)
        {
            return null;
        }
    }

    // Fresh weights do: what counts is that ONNX Runtime computes what is exported here.
    private static ModelSource FreshModel()
    {
        using DigitSumNetwork network = Recipe.All[0].CreateNetwork();
        network.eval();
        return new ModelSource.InMemory(ServingNetwork.Export(network).ToBytes(), "a freshly exported model");
    }
}
