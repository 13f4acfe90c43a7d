using System.Runtime.CompilerServices;

namespace MnistAdder.OnnxExport.Tests;

/// <summary>What TorchSharp gives is what models are compared with.</summary>
internal static class Reference
{
    [ModuleInitializer]
    public static void Choose() => ReferenceKernels.Choose();
}
